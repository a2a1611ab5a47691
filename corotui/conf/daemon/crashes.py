"""How corosync dies when a file makes it crash: the exit codes a shell sees, and what the C library prints."""

from __future__ import annotations

from typing import Final

SIGABRT_EXIT: Final = 134
"""Exit code of a process that was ended by SIGABRT (128 + 6): a failed assertion, or the C library's own check."""

SIGFPE_EXIT: Final = 136
"""Exit code of a process that was ended by SIGFPE (128 + 8): a division by zero."""

SIGSEGV_EXIT: Final = 139
"""Exit code of a process that was ended by SIGSEGV (128 + 11)."""

SEGMENTATION_FAULT: Final = "Segmentation fault"
DOUBLE_FREE: Final = "free(): double free detected"
BUFFER_OVERFLOW: Final = "*** buffer overflow detected ***: terminated"

UNDEFINED: Final = "memory that corosync uses after freeing it still has its old content"
"""The assumption where corosync uses freed memory: it may crash, read something else, or work by chance."""
