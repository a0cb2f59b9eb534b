// Alipay's own SDK from npm: a client that verifies every answer, and notices.
import { load, serve } from "./peer.mjs";

const { AlipaySdk } = load("alipay-sdk");

let sdk;
serve({
  configure({ gateway, app_id, private_key, alipay_public_key }) {
    sdk = new AlipaySdk({
      appId: app_id,
      privateKey: private_key,
      keyType: "PKCS8",
      alipayPublicKey: alipay_public_key,
      gateway: `${gateway}/gateway.do`,
      camelcase: false,
    });
  },
  exec: ({ method, content }) => sdk.exec(method, { bizContent: content }, { validateSign: true }),
  /** A request, too: this check takes both ways of signing. */
  request: ({ body }) => sdk.checkNotifySign(Object.fromEntries(new URLSearchParams(body)), true),
  notice: ({ body }) => sdk.checkNotifySignV2(Object.fromEntries(new URLSearchParams(body))),
});
