"""The stop reasons: why the model stopped, as message_delta tells it."""

from collections.abc import Mapping

from inspector.protocol import source
from inspector.protocol.entry import Entry, message_delta, prose, table

_REASON = ("delta.stop_reason", "this value")
_TOTAL = ("usage.output_tokens", "output of the whole message")
_PASSED_ON = "No exception; it is delta.stop_reason of the event, and with stream() stop_reason of the message too."

STOP_REASONS: Mapping[str, Entry] = table(
    Entry(
        name="end_turn",
        group="stop_reason",
        summary="The model is done and it is your turn",
        explanation=prose(
            """
            The normal end. The answer is complete; show it, and wait for the user.

            It does not promise that there is an answer: after tool results the model sometimes finds nothing to add and
            ends with a few tokens and no text. And it should not come together with a tool_use block. If it does, some
            gateway has translated the reason wrongly, and an agent that goes by it never runs the tool.
            """
        ),
        example=message_delta("end_turn", 89),
        fields=(_REASON, _TOTAL),
        python=_PASSED_ON,
        see=("stop_reason:tool_use", "message_delta", "message_stop"),
    ),
    Entry(
        name="max_tokens",
        group="stop_reason",
        summary="The output limit was reached; the answer is cut off",
        explanation=prose(
            """
            The model would have gone on. The limit is max_tokens of the request or the model's own maximum, and
            thinking counts towards it: with too small a limit all of it can go into thinking and no text comes at all.

            Text can be continued: send it back as the assistant's turn and ask for more, where the model allows it, or
            raise the limit. A tool call that was cut off cannot. Its JSON ends in the middle, and lenient parsers, the
            SDK's among them, turn that into a smaller object without complaint. Throw the call away and ask again.
            """
        ),
        example=message_delta("max_tokens", 1024),
        fields=(_REASON, _TOTAL),
        python=(
            f"{_PASSED_ON} stream() gives the input of a cut tool call as if it were whole: an unfinished string is "
            "left out, an unfinished number kept as it stands."
        ),
        typescript="An unfinished number at the end of tool input is left out; Python keeps what there is of it.",
        see=("tool_use", "input_json_delta", "model_context_window_exceeded"),
    ),
    Entry(
        name="stop_sequence",
        group="stop_reason",
        summary="The model wrote one of your stop_sequences",
        explanation=prose(
            """
            delta.stop_sequence says which one. The sequence itself is not part of the text, so add it again if you need
            it, for instance when it is a closing tag.
            """
        ),
        example=message_delta("stop_sequence", 31, '"</answer>"'),
        fields=(_REASON, ("delta.stop_sequence", "the sequence that was met"), _TOTAL),
        python=_PASSED_ON,
        see=("message_delta", "end_turn"),
    ),
    Entry(
        name="tool_use",
        group="stop_reason",
        summary="The model waits for the results of its tool calls",
        explanation=prose(
            """
            There is at least one tool_use block, and its input is complete. Run every one of them, then send the
            assistant message back unchanged, thinking blocks included, followed by one user message with a tool_result
            for each id. A missing result gets the next request refused.

            Calls of server tools do not count here; one whose result block is still missing is finished in the next
            reply. This reason without any tool_use block is a fault on the way, and an agent that trusts it stops
            without a word.
            """
        ),
        example=message_delta("tool_use", 112),
        fields=(_REASON, _TOTAL),
        python=_PASSED_ON,
        see=("tool_use", "input_json_delta", "server_tool_use", "pause_turn"),
    ),
    Entry(
        name="pause_turn",
        group="stop_reason",
        summary="A long turn with server tools is paused; send it back to continue",
        explanation=prose(
            """
            The API runs server tools in a loop and stops after a number of rounds so that no request lasts for ever.
            The turn is not over: append the assistant message as it is, without any user message after it, and send the
            request again with the same tools.

            The last server_tool_use may have no result yet. Code that takes this for the end shows half a search and no
            answer. Bound the number of times you continue.
            """
        ),
        example=message_delta("pause_turn", 640),
        fields=(_REASON, _TOTAL),
        python=f"{_PASSED_ON} stream() does not continue on its own.",
        see=("server_tool_use", "stop_reason:tool_use", "end_turn"),
    ),
    Entry(
        name="refusal",
        group="stop_reason",
        summary="The model or a safety classifier declined; partial text is not an answer",
        explanation=prose(
            """
            Not an error: the status is 200 and the stream ends in order. It can come after text has been shown, since
            classifiers watch the output as it is generated. What came so far should be taken back, not kept. It is
            billed, and the input with it; where the request was declined before any output, nothing is, whatever
            usage says.

            delta.stop_details tells more, if there is more to tell: a category (cyber, bio, frontier_llm,
            reasoning_extraction, general_harms) and an explanation for people. Write a message of your own for the
            user. Remove or rephrase the turn before going on, or the refusal repeats itself.

            On the beta surface stop_details may suggest a recommended_model and carry a fallback_credit_token, which
            makes a retry on another model cheaper and expires after five minutes.
            """
        ),
        example=message_delta(
            "refusal",
            17,
            more=',"stop_details":{"type":"refusal","category":"cyber","explanation":"The request was declined."}',
        ),
        fields=(
            _REASON,
            ("delta.stop_details.category", "policy area, or null"),
            ("delta.stop_details.explanation", "text for people, or null; not stable"),
            ("delta.stop_details.fallback_credit_token", "beta: credit for a retry on another model, or null"),
            ("delta.stop_details.recommended_model", "beta: model for that retry, or null"),
            _TOTAL,
        ),
        python=f"{_PASSED_ON} stop_details is in the snapshot too.",
        sources=(source.STOP_PAGE, source.REFUSALS, source.SDK_TYPES),
        see=("message_delta", "fallback", "end_turn"),
    ),
    Entry(
        name="model_context_window_exceeded",
        group="stop_reason",
        summary="The context window is full; the answer is cut off",
        explanation=prose(
            """
            Input and output together filled the model's window before max_tokens was reached. The answer is cut off
            exactly as with max_tokens, tool calls included, but a larger limit does not help, and sending everything
            back with more on top even less: shorten or summarise the conversation first.
            """
        ),
        example=message_delta("model_context_window_exceeded", 5310),
        fields=(_REASON, _TOTAL),
        python=_PASSED_ON,
        see=("max_tokens", "compaction", "input_json_delta"),
    ),
    Entry(
        name="compaction",
        group="stop_reason",
        summary="The conversation was compacted and you are to continue from the summary",
        explanation=prose(
            """
            Comes with a compaction block when the request wants to be handed the summary rather than have the API go on
            by itself (pause_after_compaction). No answer has been given yet.

            Append the assistant message with the compaction block, add what you want to keep verbatim, and send the
            request again. The messages that were summarised may be left out.
            """
        ),
        example=message_delta("compaction", 412),
        fields=(
            _REASON,
            _TOTAL,
            ("usage.iterations", "tokens of the compaction itself; not in the totals"),
        ),
        python=f"{_PASSED_ON} Only client.beta.messages.stream() stores the summary.",
        beta=True,
        see=("compaction", "compaction_delta", "model_context_window_exceeded"),
    ),
    sources=(source.SDK_TYPES,),
)
