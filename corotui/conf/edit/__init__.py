"""Edits of a file that leave every other byte as it is."""

from corotui.conf.edit.convert import Conversion, convert
from corotui.conf.edit.format import format_document
from corotui.conf.edit.option import set_option
from corotui.conf.edit.splice import EditResult, splice

__all__ = [
    "Conversion",
    "EditResult",
    "convert",
    "format_document",
    "set_option",
    "splice",
]
