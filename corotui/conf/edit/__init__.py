"""Edits that know what they change, and leave every other byte alone."""

from corotui.conf.edit.convert import Conversion, convert
from corotui.conf.edit.layout import lay_out
from corotui.conf.edit.option import set_option
from corotui.conf.edit.splice import Edited, splice

__all__ = [
    "Conversion",
    "Edited",
    "convert",
    "lay_out",
    "set_option",
    "splice",
]
