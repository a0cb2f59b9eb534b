// tenpay from npm: a client of v2 that verifies every answer and every notice.
import { load, serve } from "./peer.mjs";

const tenpay = load("tenpay");

let client;
let signType;
const act = (name) => (asked) => client[name]({ sign_type: signType, ...asked });

serve({
  configure({ gateway, mchid, appid, v2_key, sign_type }) {
    signType = sign_type;
    client = new tenpay({ appid, mchid, partnerKey: v2_key, notify_url: "https://shop.example.com/notify" });
    for (const [name, url] of Object.entries(client.urls)) {
      client.urls[name] = url.replace("https://api.mch.weixin.qq.com", gateway);
    }
  },
  micropay: act("micropay"),
  order: act("unifiedOrder"),
  query: act("orderQuery"),
  reverse: act("reverse"),
  close: act("closeOrder"),
  refund: act("refund"),
  refund_query: act("refundQuery"),
  bill: ({ date }) => client.downloadBill({ sign_type: signType, bill_date: date, bill_type: "ALL" }, true),
  notice: ({ body }) => client._parse(body, "middleware_pay"),
  refund_notice: ({ body }) => client._parse(body, "middleware_refund"),
});
