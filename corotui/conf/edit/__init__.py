"""Edits that know what they change, and leave every other byte alone."""

from corotui.conf.edit.convert import Conversion, convert
from corotui.conf.edit.history import History
from corotui.conf.edit.layout import lay_out
from corotui.conf.edit.link import add_link, remove_link, set_address, set_link_option
from corotui.conf.edit.node import add_node, remove_node, rename_node, set_node_option
from corotui.conf.edit.option import count_up, remove_option, set_option
from corotui.conf.edit.splice import Edited, splice

__all__ = [
    "Conversion",
    "Edited",
    "History",
    "add_link",
    "add_node",
    "convert",
    "count_up",
    "lay_out",
    "remove_link",
    "remove_node",
    "remove_option",
    "rename_node",
    "set_address",
    "set_link_option",
    "set_node_option",
    "set_option",
    "splice",
]
