// Reads lines of {"id", "body" (base64)}; for each, what client.beta.messages.stream() and finalMessage() come to.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(pathToFileURL(process.cwd() + "/"));
const { default: Anthropic } = await import(pathToFileURL(require.resolve("@anthropic-ai/sdk")));

function client(body) {
  const headers = { "content-type": "text/event-stream" };
  const fetch = async () => new Response(body, { status: 200, headers });
  return new Anthropic({ apiKey: "none", maxRetries: 0, logLevel: "off", fetch }).beta.messages;
}

async function tried(read) {
  try {
    return { raised: "", said: "", ...(await read()) };
  } catch (error) {
    return { raised: error?.constructor?.name ?? typeof error, said: String(error?.message ?? error).split("\n")[0] };
  }
}

const request = { model: "m", max_tokens: 9, messages: [] };

async function outcome(body) {
  const stream = await tried(async () => {
    const stream = client(body).stream(request);
    for await (const event of stream) void event;
    const message = await stream.finalMessage();
    for (const block of message.content) void block.input;
    return { message };
  });
  const create = await tried(async () => {
    for await (const event of await client(body).create({ ...request, stream: true })) void event;
  });
  return { stream, create };
}

for await (const line of createInterface({ input: process.stdin })) {
  if (!line) continue;
  const { id, body } = JSON.parse(line);
  process.stdout.write(JSON.stringify({ id, ...(await outcome(Buffer.from(body, "base64"))) }) + "\n");
}
