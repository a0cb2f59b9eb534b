// Pictures on their way to the engine: size and type checked here, read by the engine, never kept.

export const PICTURE_MAX = 20 * 1024 * 1024;

/** Splits the bytes so that a large photo does not overflow the call stack. */
export function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(text);
}

export async function readPicture(file: Blob): Promise<string> {
  return base64(new Uint8Array(await file.arrayBuffer()));
}

/** Fixed-amount pictures are usually named after their sum: `15.00.png`, `¥8.5.jpg`, `12元.png`. */
export function amountInName(name: string): string | null {
  const stem = name.replace(/\.[A-Za-z]{2,5}$/, '');
  const m =
    /^[¥￥]?(\d{1,5}(?:\.\d{1,2})?)元?(?:[ _]?(?:wx|wechat|zfb|alipay|微信|支付宝))?(?: ?\(\d+\))?$/i.exec(
      stem.trim(),
    );
  return m ? m[1]! : null;
}

export function pictureFiles(list: Iterable<File> | null | undefined): File[] {
  return [...(list ?? [])].filter(
    (f) => f.type.startsWith('image/') || /\.(png|jpe?g|webp|bmp|gif)$/i.test(f.name),
  );
}

export function clipboardPictures(data: DataTransfer | null): File[] {
  const out: File[] = [];
  for (const item of data?.items ?? []) {
    if (item.kind === 'file' && item.type.startsWith('image/')) {
      const file = item.getAsFile();
      if (file) out.push(file);
    }
  }
  return out;
}
