// wechatpay-axios-plugin from npm: a client of both protocols, and the tools that verify and open notices.
import { load, serve } from "./peer.mjs";

const { Aes, Formatter, Hash, Rsa, Transformer, Wechatpay } = load("wechatpay-axios-plugin");

let contract;
let v2;
let v3;

/** A whole answer; the plugin throws when it does not trust one, and when its status is none of success. */
async function asked(request) {
  try {
    const { status, data } = await request;
    return { status, data };
  } catch (error) {
    if (!error.response || error.code?.startsWith?.("EV")) throw error;
    return { status: error.response.status, data: error.response.data };
  }
}

/** Signed by whom: with the platform certificate, or with the key of this id. */
const signedBy = (by) => (by ? { "Wechatpay-Serial": by } : {});

serve({
  configure(given) {
    contract = given;
    const client = new Wechatpay({
      baseURL: `${given.gateway}/`,
      mchid: given.mchid,
      serial: given.serial,
      privateKey: given.private_key,
      certs: { [given.certificate_serial]: given.certificate, [given.public_key_id]: given.public_key },
      secret: given.v2_key,
      proxy: false,
    });
    [v2, v3] = [client.client.v2, client.client.v3];
  },
  get: ({ path, params, by }) => asked(v3.get(path, { params, headers: signedBy(by) })),
  post: ({ path, body, by }) => asked(v3.post(path, body, { headers: signedBy(by) })),
  xml: ({ path, body }) =>
    asked(v2.post(path, { appid: contract.appid, mch_id: contract.mchid, nonce_str: Formatter.nonce(), ...body })),
  bill: ({ table }) => Formatter.castCsvBill(Buffer.from(table)),
  /** Whether a merchant's v3 request is signed with this key. */
  request({ method, target, authorization, body, key }) {
    const part = Object.fromEntries(
      [...authorization.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
    );
    const text = Formatter.request(method, target, part.timestamp, part.nonce_str, body);
    return Rsa.verify(text, part.signature, Rsa.from(key, Rsa.KEY_TYPE_PUBLIC));
  },
  /** Whether a merchant's v2 request is signed. */
  xml_request({ body }) {
    const { sign, ...fields } = Transformer.toObject(body);
    return sign === Hash.sign(fields.sign_type ?? "MD5", fields, contract.v2_key);
  },
  /** A v3 notice as WeChat Pay writes it, signed with this key. */
  sign({ event, said, key }) {
    const [nonce, associated_data] = [Formatter.nonce(12), "transaction"];
    const ciphertext = Aes.AesGcm.encrypt(JSON.stringify(said), contract.v3_key, nonce, associated_data);
    const resource = { algorithm: "AEAD_AES_256_GCM", original_type: "transaction", ciphertext, nonce, associated_data };
    const body = JSON.stringify({ id: Formatter.nonce(), event_type: event, resource_type: "encrypt-resource", resource });
    const [timestamp, once] = [`${Formatter.timestamp()}`, Formatter.nonce()];
    const signature = Rsa.sign(Formatter.response(timestamp, once, body), Rsa.from(key, Rsa.KEY_TYPE_PRIVATE));
    const headers = {
      "wechatpay-timestamp": timestamp,
      "wechatpay-nonce": once,
      "wechatpay-serial": contract.public_key_id,
      "wechatpay-signature": signature,
    };
    return { headers, body };
  },
  /** A v2 notice, signed. */
  xml_sign: ({ fields }) =>
    Transformer.toXml({ ...fields, sign: Hash.sign(fields.sign_type ?? "MD5", fields, contract.v2_key) }),
  /** What a v3 notice says, if WeChat Pay signed it. */
  notice({ headers, body }) {
    const header = (name) => headers[name] ?? "";
    const text = Formatter.response(header("wechatpay-timestamp"), header("wechatpay-nonce"), body);
    if (!Rsa.verify(text, header("wechatpay-signature"), Rsa.from(contract.public_key, Rsa.KEY_TYPE_PUBLIC))) {
      throw new Error("not signed by WeChat Pay");
    }
    const { ciphertext, nonce, associated_data } = JSON.parse(body).resource;
    return JSON.parse(Aes.AesGcm.decrypt(ciphertext, contract.v3_key, nonce, associated_data));
  },
  /** What a v2 notice says, if it is signed. */
  xml_notice({ body }) {
    const { sign, ...fields } = Transformer.toObject(body);
    if (sign !== Hash.sign("MD5", fields, contract.v2_key)) throw new Error("not signed by WeChat Pay");
    return fields;
  },
});
