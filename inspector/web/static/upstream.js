import { element, follower } from "./dom.js";

const MOST = 5000;

// The events of the API's stream, a row each, with the time since their request.
export class Upstream {
  #list;
  #summary;
  #follow;
  #figures = null;

  constructor(list, summary) {
    this.#list = list;
    this.#summary = summary;
    this.#follow = follower(list);
  }

  clear() {
    this.#list.replaceChildren();
    this.#figures = null;
  }

  take(values) {
    const { request, t_ms, read } = values;
    let figures = this.#figures;
    if (figures?.request !== request) {
      this.#list.append(element("h3", "", `request ${request}`));
      figures = this.#figures = { request, events: 0, last: t_ms, read: 0, longest: 0, ttft: null };
    }
    const gap = read === figures.read ? 0 : t_ms - figures.last;
    if (figures.events) figures.longest = Math.max(figures.longest, gap);
    if (figures.ttft === null && values.event === "content_block_delta") figures.ttft = t_ms;
    this.#list.append(row(values, gap, read !== figures.read));
    while (this.#list.childElementCount > MOST) this.#list.firstElementChild.remove();
    Object.assign(figures, { events: figures.events + 1, last: t_ms, read });
    this.#summary.textContent = describe(figures);
    this.#follow();
  }
}

function describe({ request, events, read, longest, ttft }) {
  const first = ttft === null ? "" : ` · first token ${Math.round(ttft)} ms`;
  return `request ${request} · ${events} events in ${read} reads${first} · longest gap ${Math.round(longest)} ms`;
}

function row(values, gap, isNewRead) {
  const details = element("details", isNewRead ? "event new-read" : "event");
  const summary = element("summary");
  const bar = element("progress", "gap");
  bar.max = 1000;
  bar.value = Math.min(gap, 1000);
  bar.title = `${gap.toFixed(1)} ms after the read before`;
  const { kind, words } = label(values);
  details.dataset.kind = kind.split(" ")[0];
  summary.append(
    element("span", "n", String(values.n)),
    element("span", "t", (values.t_ms / 1000).toFixed(3)),
    bar,
    element("span", "kind", kind),
    element("span", "words", words),
  );
  details.append(summary);
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1) details.append(element("pre", "", whole(values)));
  });
  return details;
}

function whole({ data, raw }) {
  return raw ?? JSON.stringify(data, null, 2);
}

const DELTAS = { text_delta: "text", thinking_delta: "thinking", input_json_delta: "partial_json", signature_delta: "signature" };

function label({ event, data, raw }) {
  if (!data) return { kind: event ?? "comment", words: raw ?? "" };
  const block = data.content_block?.type ?? "";
  if (event === "content_block_delta") {
    const type = data.delta?.type ?? "?";
    return { kind: type.replace(/_delta$/, "").replace("_", " "), words: JSON.stringify(data.delta?.[DELTAS[type]] ?? "") };
  }
  if (event === "content_block_start") return { kind: "block start", words: `${data.index} ${block} ${data.content_block?.name ?? ""}` };
  if (event === "content_block_stop") return { kind: "block stop", words: String(data.index) };
  if (event === "message_start") return { kind: "message start", words: data.message?.model ?? "" };
  if (event === "message_delta") return { kind: "message delta", words: data.delta?.stop_reason ?? "" };
  if (event === "error") return { kind: "error", words: data.error?.type ?? "" };
  return { kind: (event ?? "").replace("_", " "), words: "" };
}
