from inspector.convert import claude_code, events, native, sse_text, wrapped
from inspector.convert.format import Format
from inspector.recording import UnreadableError

# In the order in which they are tried: the more particular shape first.
FORMATS: dict[str, Format] = {
    module.FORMAT.name: module.FORMAT for module in (native, claude_code, wrapped, events, sse_text)
}


def recognise(head: bytes, name: str) -> Format:
    """The format of a file that begins with these bytes. Raises UnreadableError."""
    if not head:
        raise UnreadableError(f"{name}: the file is empty: nothing was recorded in it")
    for found in FORMATS.values():
        if found.recognise(head):
            return found
    what = "binary data" if b"\0" in head else "of no format that is known"
    raise UnreadableError(f"{name}: {what}: expected one of {', '.join(FORMATS)}")


def named(name: str) -> Format:
    """The format with this name. Raises UnreadableError."""
    try:
        return FORMATS[name]
    except KeyError:
        raise UnreadableError(f"there is no format {name!r}: use one of {', '.join(FORMATS)}") from None
