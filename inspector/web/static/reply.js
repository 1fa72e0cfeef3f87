import { element } from "./dom.js";

const number = new Intl.NumberFormat("en");

// One reply while it is being streamed: text, thinking and tool calls in the order in which they came.
export class Reply {
  #started = performance.now();
  #tools = new Map();
  #kind = "";
  #text = null;

  constructor() {
    this.node = element("article", "reply");
    this.node.setAttribute("aria-busy", "true");
  }

  take(name, values) {
    if (name === "text" || name === "thinking") this.#append(name, values.text);
    else if (name === "tool") this.#tool(values);
    else if (name === "tool_input") this.#tools.get(values.id)?.input.appendData(values.json ?? "");
    else if (name === "tool_result") this.#result(values);
    else if (name === "done") this.#end(ending(values, performance.now() - this.#started));
    else if (name === "error") this.#fail(values.type, values.message);
    else if (name === "lost") this.#fail("connection lost", "The stream ended before it was done, or was refused.");
    else if (name === "stopped") this.#end("stopped");
  }

  #append(kind, piece) {
    if (this.#kind !== kind) {
      const box = element("div", kind);
      this.#text = box.appendChild(document.createTextNode(""));
      this.#kind = kind;
      this.node.append(box);
    }
    this.#text.appendData(piece);
  }

  #tool({ id, name }) {
    const box = element("div", "tool");
    const input = document.createTextNode("");
    const code = element("pre", "input");
    code.append(input);
    box.append(element("span", "name", name), code);
    this.node.append(box);
    this.#tools.set(id, { box, input });
    this.#kind = "";
  }

  #result({ id, content, is_error }) {
    this.#tools.get(id)?.box.append(element("pre", is_error ? "result failed" : "result", content));
  }

  #fail(type, message) {
    const box = element("div", "error");
    box.setAttribute("role", "alert");
    box.append(element("strong", "", type), ` ${message}`);
    if (this.node.childElementCount) box.append(element("small", "", "What came before it stands above; it is not whole."));
    this.node.append(box);
    this.#end("");
  }

  #end(words) {
    this.node.removeAttribute("aria-busy");
    if (words) this.node.append(element("footer", "", words));
  }
}

function ending({ stop_reason, usage }, ms) {
  const tokens = usage ? ` · ${number.format(usage.input_tokens)} in, ${number.format(usage.output_tokens)} out` : "";
  const rest = stop_reason === "tool_use" ? " · nothing was recorded of what followed" : "";
  return `${stop_reason}${rest}${tokens} · ${(ms / 1000).toFixed(1)} s`;
}
