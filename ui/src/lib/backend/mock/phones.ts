import type { CheckItem, DeviceView, NoticeVerdict, Pairing } from '$lib/bindings';
import type { Handlers } from './selling';
import { CODES, fail, type FakeTill } from './till';

const CHECKS = ['port', 'contact', 'heartbeat', 'push', 'receipt', 'clock'] as const;
const KEY = '5f1c9a40e77b42d8b1EXAMPLE0a93c6d';
const TOKEN = 'EXAMPLE-TOKEN-7K2M9Q4X';

function device(till: FakeTill, id: number): DeviceView {
  return till.devices.find((d) => d.id === id) ?? fail('not_found', '没有这台手机');
}

function pairing(till: FakeTill, id: number): Pairing {
  const done = till.checks.get(id) ?? new Set(['port']);
  const detail: Record<string, string> = {
    port: '192.168.1.20:5921',
    contact: '192.168.1.37',
    push: 'vmq',
    clock: '-310',
  };
  const checklist = CHECKS.map((id): CheckItem => ({
    id,
    done: done.has(id),
    detail: done.has(id) ? (detail[id] ?? '') : '',
  }));
  const base = 'http://192.168.1.20:5921';
  return {
    device: device(till, id),
    addresses: ['192.168.1.20:5921', '10.8.0.2:5921'],
    key: KEY,
    token: TOKEN,
    host_key: `192.168.1.20:5921/${KEY}`,
    host_key_drawing: CODES.wechat,
    vmq_config: `vmq://config?url=${encodeURIComponent(base)}&key=${KEY}`,
    vmq_config_drawing: CODES.alipay,
    smsforwarder_url: `${base}/api/v1/phones/smsforwarder`,
    smsforwarder_headers: `Content-Type: application/json\nAuthorization: Bearer ${TOKEN}`,
    smsforwarder_secret: KEY,
    smsforwarder_template:
      '{"v":1,"from":"[from]","title":"[title]","text":"[org_content]","received":"[receive_time:yyyy-MM-dd HH:mm:ss]","ts":"[timestamp]","sign":"[sign]","device":"[device_mark]","battery":"{{BATTERY_PCT}}"}',
    push_url: `${base}/api/v1/phones/push/${TOKEN}`,
    push_body: '{"package":"{not_app_package}","title":"{not_title}","text":"{notification}"}',
    json_url: `${base}/api/v1/phones/json/${TOKEN}`,
    checklist,
  };
}

/** A step of the pairing came true, as the phone would make it. */
export function tick(till: FakeTill, id: number, check: (typeof CHECKS)[number]): void {
  till.checks.set(id, new Set([...(till.checks.get(id) ?? ['port']), check]));
  const one = device(till, id);
  till.emit({
    event: 'device://changed',
    device_id: id,
    name: one.name,
    state: one.state,
    state_changed: false,
  });
}

/** Phones and notification rules of the fake till. */
export const phones: Handlers = {
  devices: (till) => till.devices,
  add_device: (till, { name }) => {
    const id = Math.max(0, ...till.devices.map((d) => d.id)) + 1;
    const added: DeviceView = {
      id,
      name,
      state: 'new',
      added_at: till.now(),
      last_seen_at: null,
      last_address: '',
      protocol: '',
      battery: null,
      delay_ms: null,
      skew_ms: null,
      today_count: 0,
      account_ids: [],
    };
    till.devices = [added, ...till.devices];
    till.checks.set(id, new Set(['port']));
    till.emit({ event: 'device://changed', device_id: id, name, state: 'new', state_changed: true });
    return pairing(till, id);
  },
  pairing: (till, { device_id }) => pairing(till, device_id),
  revoke_device: (till, { device_id }) => {
    till.devices = till.devices.map((d) => (d.id === device_id ? { ...d, state: 'revoked' } : d));
    return till.devices;
  },
  update_device: (till, request) => {
    const one = device(till, request.device_id);
    const next = {
      ...one,
      name: request.name ?? one.name,
      account_ids: request.account_ids ?? one.account_ids,
    };
    till.devices = till.devices.map((d) => (d.id === one.id ? next : d));
    return till.devices;
  },
  rules: () => ({ version: 14, origin: 'built-in', error: '' }),
  read_notice: (_till, { text, title }): NoticeVerdict => {
    const m = /(\d+)\.(\d{2})元/.exec(title + text);
    return m
      ? { verdict: 'receipt', channel: 'wechat', amount_fen: Number(`${m[1]}${m[2]}`), rule: 'wx-personal-2' }
      : { verdict: 'unrecognised', channel: null, amount_fen: null, rule: '' };
  },
  replay_rules: (till, { apply }) => ({
    read: 412,
    applied: apply,
    changes: [
      {
        push_id: 1,
        received_at: till.now() - 5_400_000,
        title: '微信支付',
        text: '张小芳给你的店转来一笔￥88.60，今日第12笔',
        before: { verdict: 'unrecognised', channel: null, amount_fen: null, rule: '' },
        after: { verdict: 'receipt', channel: 'wechat', amount_fen: 8860, rule: 'wx-shop-3' },
        applies: true,
      },
      {
        push_id: 2,
        received_at: till.now() - 95_000_000,
        title: '支付宝通知',
        text: '你有8.88元收款红包待领取',
        before: { verdict: 'receipt', channel: 'alipay', amount_fen: 888, rule: 'alipay-old' },
        after: { verdict: 'not_receipt', channel: 'alipay', amount_fen: null, rule: 'alipay-veto' },
        applies: false,
      },
    ],
  }),
  refused: (till) => till.refused,
};
