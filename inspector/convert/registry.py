from inspector.convert import bedrock, claude_code, events, har, mitmproxy, native, sse_text, vcr, wrapped
from inspector.convert.format import Format
from inspector.recording import UnreadableError

# In the order in which they are tried: the more particular shape first.
FORMATS: dict[str, Format] = {
    module.FORMAT.name: module.FORMAT
    for module in (native, bedrock, mitmproxy, har, vcr, claude_code, wrapped, events, sse_text)
}


def recognised(head: bytes) -> Format | None:
    """The format of a file that begins with these bytes, None where they do not tell."""
    return next((found for found in FORMATS.values() if found.recognise(head)), None)


def recognise(head: bytes, name: str) -> Format:
    """The format of a file that begins with these bytes. Raises UnreadableError."""
    if not head:
        raise UnreadableError(f"{name}: the file is empty: nothing was recorded in it")
    if found := recognised(head):
        return found
    what = "binary data" if b"\0" in head else "of no format that is known"
    raise UnreadableError(f"{name}: {what}: expected one of {', '.join(FORMATS)}")


def named(name: str) -> Format:
    """The format with this name. Raises UnreadableError."""
    try:
        return FORMATS[name]
    except KeyError:
        raise UnreadableError(f"there is no format {name!r}: use one of {', '.join(FORMATS)}") from None
