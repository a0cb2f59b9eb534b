import type { ProgramView } from '$lib/bindings';

/** Stand-ins for what the page does not know any more, in the reader's language. */
export interface Places {
  secret: string;
  token: string;
}

/** For a shell's single quotes. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

const md5 = (...parts: string[]): string => `SIGN=$(printf '%s' ${parts.join(' ')} | md5sum | cut -c1-32)`;

/** A request that opens an order, to be pasted into a terminal. It holds no secret: the reader fills that in. */
export function sampleOf({ protocol, key_id, settings }: ProgramView, address: string, at: Places): string {
  const key = `KEY=${quoted(`<${at.secret}>`)}`;
  const base = address.replace(/\/+$/, '');
  const own = `${base}/t/<${at.token}>`;
  const json = `-H 'Content-Type: application/json'`;
  switch (protocol) {
    case 'vmq':
      return [
        key,
        md5('A1001', `''`, '1', '14.98', '"$KEY"'),
        `curl -G ${quoted(`${own}/createOrder`)} \\`,
        `  -d payId=A1001 -d type=1 -d price=14.98 -d sign=$SIGN`,
      ].join('\n');
    case 'gogo':
      return [
        key,
        md5(quoted(key_id), 'A1001', `''`, '1', '14.98', '"$KEY"'),
        `curl ${quoted(`${own}/createOrder`)} -H ${quoted(`App-Id: ${key_id}`)} ${json} \\`,
        `  -d '{"payId":"A1001","type":1,"price":"14.98","sign":"'$SIGN'"}'`,
      ].join('\n');
    case 'epay':
      return [
        key,
        md5(`"money=14.98&name=T-shirt&out_trade_no=A1001&pid=${key_id}&type=wxpay$KEY"`),
        `curl ${quoted(`${base}/mapi.php`)} \\`,
        `  -d pid=${key_id} -d type=wxpay -d out_trade_no=A1001 -d name=T-shirt -d money=14.98 \\`,
        `  -d sign=$SIGN -d sign_type=MD5`,
      ].join('\n');
    case 'lyn': {
      const body = JSON.stringify({ ProductName: settings.products[0]?.name ?? 'T-shirt' });
      return `curl ${quoted(`${own}/v1/Pay/AddOrder`)} ${json} \\\n  -d ${quoted(body)}`;
    }
    case 'v1':
      return [
        key,
        `BODY='{"price_fen":1498,"order_no":"A1001","title":"T-shirt"}'`,
        `AT=$(date +%s); NONCE=$(openssl rand -hex 16)`,
        `HASH=$(printf '%s' "$BODY" | openssl dgst -sha256 -r | cut -c1-64)`,
        `SIGN=$(printf 'QIANTAI-HMAC-SHA256-V1\\nPOST\\n/api/v1/tickets\\n%s\\n%s\\n%s' $AT $NONCE $HASH \\`,
        `  | openssl dgst -sha256 -hmac "$KEY" -r | cut -c1-64)`,
        `curl ${quoted(`${base}/api/v1/tickets`)} ${json} \\`,
        `  -H ${quoted(`X-Qiantai-Key: ${key_id}`)} -H "X-Qiantai-Timestamp: $AT" \\`,
        `  -H "X-Qiantai-Nonce: $NONCE" -H "X-Qiantai-Signature: v1=$SIGN" \\`,
        `  -H 'Idempotency-Key: A1001' -d "$BODY"`,
      ].join('\n');
  }
}
