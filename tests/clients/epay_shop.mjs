// A shop that uses easypay-node-sdk from npm: it signs and builds the addresses. It has no function that verifies a
// callback, so the shop does what its manual leaves to do: it asks the till for the order before it says success.
// Speaks the same control paths as shop.py.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";

const Easypay = createRequire(join(process.env.QIANTAI_NODE_CLIENTS, "package.json"))("easypay-node-sdk");

let client;
const told = [];
const acts = {
  buy: (asked) => client.pay(asked),
  query: async ({ number }) => JSON.parse(await client.order(number)),
};

async function answer(path, query, body) {
  if (path === "/notify") {
    const found = JSON.parse(await client.order(query.out_trade_no));
    const said = Number(found.code) === 1 && Number(found.status) === 1 && found.money === query.money ? "success" : "fail";
    told.push({ door: "notify", query, said, found });
    return said;
  }
  if (path === "/_/told") return JSON.stringify(told);
  const { act, ...asked } = JSON.parse(body);
  try {
    if (path === "/_/configure") {
      client = new Easypay({ domain: asked.till, pid: asked.id, key: asked.key });
      return JSON.stringify({ ok: null });
    }
    return JSON.stringify({ ok: await acts[act](asked) });
  } catch (error) {
    return JSON.stringify({ error: String(error) });
  }
}

const server = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  const where = new URL(request.url, "http://shop");
  const said = await answer(where.pathname, Object.fromEntries(where.searchParams), body);
  response.writeHead(200, { "content-length": Buffer.byteLength(said), connection: "close" }).end(said);
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
