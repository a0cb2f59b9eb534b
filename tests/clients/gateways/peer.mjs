// What every Node client of a provider has in common: a server on which the test tells it what to do. Speaks the same
// control paths as shop.py, with one more thing to say: nothing here listens for customers.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";

export const load = createRequire(join(process.env.QIANTAI_NODE_CLIENTS, "package.json"));

/** `acts` are functions of what the test asks for; `configure` is one of them. */
export function serve(acts) {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    let said;
    try {
      const { act = "configure", ...asked } = JSON.parse(body);
      said = { ok: (await acts[act](asked)) ?? null };
    } catch (error) {
      // Whatever the client throws is for the test to judge.
      said = { error: String(error) };
    }
    const text = JSON.stringify(said);
    response.writeHead(200, { "content-length": Buffer.byteLength(text), connection: "close" }).end(text);
  });
  server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
}
