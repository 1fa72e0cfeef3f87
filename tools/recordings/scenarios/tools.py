from tools.recordings.script import HAIKU, SONNET, Json, Script

WEATHER: Json = {
    "name": "get_weather",
    "description": "The weather in a city, now or on a day.",
    "input_schema": {
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "day": {"type": "string", "enum": ["today", "tomorrow"]},
            "units": {"type": "string", "enum": ["celsius", "fahrenheit"]},
        },
        "required": ["city"],
    },
}
TRAINS: Json = {
    "name": "find_trains",
    "description": "Direct trains between two stations.",
    "input_schema": {
        "type": "object",
        "properties": {
            "from": {"type": "string"},
            "to": {"type": "string"},
            "not_before": {"type": "string", "description": "HH:MM"},
            "quiet_coach": {"type": "boolean"},
        },
        "required": ["from", "to"],
    },
}
RECIPE: Json = {
    "name": "save_recipe",
    "description": "Stores a recipe in the cookbook.",
    "input_schema": {
        "type": "object",
        "properties": {
            "title": {"type": "string"},
            "serves": {"type": "integer"},
            "minutes": {"type": "number"},
            "vegetarian": {"type": "boolean"},
            "ingredients": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"what": {"type": "string"}, "grams": {"type": "number"}},
                    "required": ["what"],
                },
            },
            "steps": {"type": "array", "items": {"type": "string"}},
        },
        "required": ["title", "ingredients", "steps"],
    },
}
NOTES: Json = {
    "name": "list_notes",
    "description": "All notes of this user, newest first.",
    "input_schema": {"type": "object", "properties": {}},
}

TRAIN_QUESTION = "I am in Utrecht and want to be in Berlin tonight. Which train do I take after 11, with a quiet coach?"
TRAIN_INTRODUCTION = "I'll look for direct trains from Utrecht to Berlin after eleven."
TRAIN_CALL = {"from": "Utrecht Centraal", "to": "Berlin Hbf", "not_before": "11:00", "quiet_coach": True}
TRAIN_CALL_ID = "toolu_01Qx7RmT2bYcVnKd5GhJw8Lp"


def tool_use(s: Script) -> None:
    """A tool call with nested input: fragments that only together are JSON, with silence between the values."""
    s.request("Please save my lentil soup: for four, about 40 minutes.", tools=[RECIPE])
    s.start()
    s.text("I'll write it down with the amounts that usually go with it.")
    s.tool(
        "save_recipe",
        {
            "title": "Lentil soup with lemon",
            "serves": 4,
            "minutes": 40,
            "vegetarian": True,
            "ingredients": [
                {"what": "red lentils", "grams": 250},
                {"what": "carrots", "grams": 200},
                {"what": "an onion"},
                {"what": "olive oil", "grams": 30.5},
                {"what": "juice of half a lemon"},
            ],
            "steps": [
                "Soften the onion and the carrots in the oil.",
                'Add the lentils and 1.2 l of water; simmer "until they give up", about 25 minutes.',
                "Blend half of it, put it back, season with lemon and salt.",
            ],
        },
    )
    s.finish("tool_use")


def parallel_tools(s: Script) -> None:
    """Three tool calls in one message: a block for each, one after the other, all to be answered in one turn."""
    s.request("Compare tomorrow's weather in Paris, Oslo and Nairobi for me.", tools=[WEATHER])
    s.start()
    s.text("I'll ask for all three cities at once.")
    for city in ("Paris", "Oslo", "Nairobi"):
        s.tool("get_weather", {"city": city, "day": "tomorrow", "units": "celsius"})
    s.finish("tool_use")


def tool_loop_1(s: Script) -> None:
    """First turn of a tool loop: the model asks for a tool and stops. The second turn is tool-loop-2."""
    s.request(TRAIN_QUESTION, tools=[TRAINS])
    s.start(cache_write=1180)
    s.text(TRAIN_INTRODUCTION)
    block = {"type": "tool_use", "id": TRAIN_CALL_ID, "name": "find_trains", "input": {}, "caller": {"type": "direct"}}
    s.tool("find_trains", TRAIN_CALL, block)
    s.finish("tool_use")


def tool_loop_2(s: Script) -> None:
    """Second turn of a tool loop: the request carries the tool's result, and its beginning comes from the cache."""
    found = (
        '[{"train":"IC 145","departs":"11:31","arrives":"17:48","quiet_coach":true,"seats_left":12},'
        '{"train":"IC 147","departs":"13:31","arrives":"19:51","quiet_coach":false,"seats_left":60}]'
    )
    asked: list[Json] = [
        {"type": "text", "text": TRAIN_INTRODUCTION},
        {"type": "tool_use", "id": TRAIN_CALL_ID, "name": "find_trains", "input": TRAIN_CALL},
    ]
    result = {"type": "tool_result", "tool_use_id": TRAIN_CALL_ID, "content": found}
    messages: list[Json] = [
        {"role": "user", "content": TRAIN_QUESTION},
        {"role": "assistant", "content": asked},
        {"role": "user", "content": [result]},
    ]
    s.request(messages, tools=[TRAINS])
    s.start(cache_read=1180)
    s.text(
        "Take **IC 145 at 11:31** from Utrecht Centraal. It is direct, has a quiet coach, and reaches Berlin Hbf at "
        "17:48, so you are there in time for dinner.\n\n"
        "There are 12 seats left, so I would book now. The next one, IC 147 at 13:31, has plenty of room but no quiet "
        "coach, and arrives at 19:51.\n\n"
        "One more thing: the border is crossed at Bad Bentheim, where the engine is changed. That takes a few minutes "
        "and is part of the timetable, so don't be surprised when the train stands still for a while."
    )
    s.finish("end_turn")


def tool_without_arguments(s: Script) -> None:
    """A tool that takes nothing: one fragment, and it is empty. The input is {}, not missing."""
    s.request("What did I note down lately?", HAIKU, tools=[NOTES])
    s.start()
    s.text(
        "Let me fetch your notes. I'll go through the newest ones first, and tell you which of them look unfinished, "
        "have a date that has passed, or mention somebody who is waiting for an answer from you."
    )
    s.pause(1300)
    s.tool("list_notes", {})
    s.finish("tool_use")


def max_tokens_in_tool_input(s: Script) -> None:
    """max_tokens inside a tool's input: the JSON stops within a number, half of it parses, none of it may run."""
    s.request("Save a bread recipe for a beginner, please.", SONNET, 96, tools=[RECIPE])
    s.start()
    s.text("Here is a simple one with four ingredients.")
    s.tool(
        "save_recipe",
        {"title": "Everyday bread", "serves": 8, "ingredients": [{"what": "flour", "grams": 500}, {"grams": 1325}]},
        before="5}]}",
    )
    s.close(1)
    s.finish("max_tokens", usage={"output_tokens": 96})
