"""One JSON document as far as it can be read."""

import json
from typing import Any

import jiter
import orjson


def parse(text: bytes) -> tuple[Any, str]:
    """The value of a JSON text, and what is wrong with it ("" where nothing is).

    A text that is cut or damaged gives what stands before the damage; nothing at all gives None.
    """
    text = text.removeprefix(b"\xef\xbb\xbf")
    try:
        return orjson.loads(text), ""
    except orjson.JSONDecodeError:
        pass
    whole = text.decode("utf-8", "replace")
    try:
        # Lone surrogates, NaN, and what else orjson is strict about.
        return json.loads(whole), ""
    except json.JSONDecodeError as error:
        line, place = error.lineno, error.pos
        # An open string is reported where it begins.
        head = whole if error.msg.startswith("Unterminated string") else whole[:place]
    except RecursionError:
        return None, "it is nested too deeply"
    wrong = f"the JSON is cut or damaged at line {line:,}, character {place:,}: nothing after that place is shown"
    try:
        return jiter.from_json(head.encode("utf-8", "replace"), partial_mode="trailing-strings"), wrong
    except ValueError:
        return None, wrong
