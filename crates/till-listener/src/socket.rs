use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};
use tokio::net::{TcpListener, TcpStream};

const BACKLOG: i32 = 512;

/// Opens a listening socket. An unspecified IPv6 host takes IPv4 as well.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // Unix: a port whose old connections linger can be opened again at once; two listeners still cannot share it.
    // Windows: the same option would let another program take the port over, so it stays off.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(!address.ip().is_unspecified())?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// Answers leave at once; a peer that vanished is noticed. None of it is worth refusing a connection for.
pub(crate) fn tune(stream: &TcpStream, stall_time: Duration) {
    let _ = stream.set_nodelay(true);
    let socket = SockRef::from(stream);
    let _ = socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(Duration::from_secs(60)));
    // Without it the system goes on sending heartbeats to a tablet that left the Wi-Fi for a quarter of an hour. Later
    // than our own time-out, which knows whom to blame: a vanished peer is nobody's fault.
    #[cfg(target_os = "linux")]
    let _ = socket.set_tcp_user_timeout(Some(stall_time + Duration::from_secs(20)));
    #[cfg(not(target_os = "linux"))]
    let _ = stall_time;
}
