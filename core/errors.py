"""Every error Sidetone raises on purpose.

SidetoneError
├── ConfigurationError      a setting has a wrong value
├── AudioError              a recording cannot be used
├── SpeechError             a speech engine failed (`retryable` tells whether trying again can help)
├── StorageError            the database cannot be opened, read or written
│   └── DatabaseLocked      another process holds the DuckDB file
├── CallError               the call does not allow this
│   ├── UnknownCall
│   └── CallAlreadyEnded
├── ActionError             an action for a customer cannot be previewed, carried out or undone
├── AssistantError          a language model cannot help now (`retryable`, and after how long)
├── ToolError               a tool was called with arguments it cannot use
├── RulesError              a rules or scenario file is wrong
└── NotAllowed              this viewer may not do this

The message of each is one line that says what to do.
"""


class SidetoneError(Exception):
    """Base of all errors Sidetone raises on purpose."""


class ConfigurationError(SidetoneError):
    """A setting has a wrong value."""


class AudioError(SidetoneError):
    """A recording cannot be used."""


class SpeechError(SidetoneError):
    """A speech engine failed."""

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable


class StorageError(SidetoneError):
    """The database cannot be opened, read or written."""


class DatabaseLocked(StorageError):
    """Another process holds the DuckDB file."""


class CallError(SidetoneError):
    """The call does not allow this."""


class UnknownCall(CallError):
    """No call has this id."""


class CallAlreadyEnded(CallError):
    """The call is over."""


class ActionError(SidetoneError):
    """An action for a customer cannot be previewed, carried out or undone."""


class AssistantError(SidetoneError):
    """A language model cannot help now."""

    def __init__(self, message: str, *, retryable: bool = True, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.retry_after_s = retry_after_s


class ToolError(SidetoneError):
    """A tool was called with arguments it cannot use."""


class RulesError(SidetoneError):
    """A rules or scenario file is wrong."""


class NotAllowed(SidetoneError):
    """This viewer may not do this."""
