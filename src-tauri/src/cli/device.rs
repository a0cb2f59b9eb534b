//! `qiantai device …`

use till_engine::api::{DeviceView, Pairing, Request};

use super::{Desk, Said, local, name, or_dash};
use crate::args::Device;
use crate::output::table;
use crate::row;

pub async fn run(desk: &Desk, command: Device) -> Said {
    match command {
        Device::Add { name } => desk.show(Request::AddDevice { request_id: desk.id(), name }, pairing).await,
        Device::List => desk.show(Request::Devices {}, devices).await,
        Device::Revoke { id } => {
            desk.show(Request::RevokeDevice { request_id: desk.id(), device_id: id }, devices).await
        }
    }
}

fn devices(devices: Vec<DeviceView>) -> String {
    let mut rows = vec![row!["id", "name", "state", "last seen", "address", "protocol", "today"]];
    rows.extend(devices.iter().map(|d| {
        let seen = or_dash(d.last_seen_at.map(local));
        row![d.id, d.name, name(d.state), seen, d.last_address, d.protocol, d.today_count]
    }));
    table(&rows)
}

fn pairing(p: Pairing) -> String {
    table(&[
        row!["id", p.device.id],
        row!["name", p.device.name],
        row!["key", p.key],
        row!["token", p.token],
        row!["host/key", p.host_key],
        row!["vmq config", p.vmq_config],
        row!["SmsForwarder url", p.smsforwarder_url],
        row!["SmsForwarder headers", p.smsforwarder_headers.replace('\n', "; ")],
        row!["SmsForwarder secret", p.smsforwarder_secret],
        row!["SmsForwarder template", p.smsforwarder_template.replace('\n', " ")],
        row!["push url", p.push_url],
        row!["push body", p.push_body.replace('\n', " ")],
        row!["json url", p.json_url],
        row!["addresses", p.addresses.join(" ")],
    ])
}
