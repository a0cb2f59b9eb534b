use std::time::Duration;

/// How fast one address may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Requests at once after a pause.
    pub burst: u32,
    /// Requests a second for ever.
    pub per_second: u32,
    /// A request above the rate waits this long at most before it is served; only what would wait longer is
    /// refused. A phone that empties its queue one by one is slowed down and never refused.
    pub patience: Duration,
}

/// What a client may do. The defaults are meant for a shop; tests and benchmarks change them.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections at once from the network; this computer has as many of its own.
    pub connections: usize,
    /// Connections at once from one address of the network.
    pub connections_per_address: usize,
    /// Connections of customers at once: checkout pages and their files. Streams of these pages are not among them.
    pub customers: usize,
    /// Checkout pages at once that hear of changes; others ask again and again.
    pub checkout_streams: usize,
    /// Customers' connections, and as many streams, from one address: behind a router or a tunnel all customers share one.
    pub customers_per_address: usize,
    /// Counter screens at once.
    pub display_streams: usize,
    /// Event streams of programs at once.
    pub program_streams: usize,
    /// Event streams of one program.
    pub streams_per_program: usize,
    /// Bytes in a body.
    pub body: usize,
    /// Bytes in a body at the control door (pictures of codes).
    pub control_body: usize,
    /// From the first byte of a request to the end of its headers, and from connecting to there.
    pub header_time: Duration,
    /// A kept-alive connection without a request.
    pub idle_time: Duration,
    /// Reading a body.
    pub body_time: Duration,
    /// Reading a body at the control door.
    pub control_body_time: Duration,
    /// A whole request, the body and the engine included. Not the control door, not event streams.
    pub request_time: Duration,
    /// A client that does not read what it is sent.
    pub stall_time: Duration,
    /// Silence between heartbeats of event streams.
    pub heartbeat: Duration,
    /// Requests from one address of the network; `None`: as many as it likes.
    pub rate: Option<Rate>,
    /// Requests from this computer.
    pub loopback_rate: Option<Rate>,
    /// Checkout pages and their files, from one address of the network. A crowd behind one address must not be refused;
    /// a page that is refused once asks again.
    pub customer_rate: Option<Rate>,
    /// Addresses whose rate is remembered.
    pub addresses: usize,
    /// Refusals of one address that are told one by one in a window (1 s, growing to 60 s while it goes on); the rest
    /// of a window is told as one.
    pub refusals_per_window: u32,
    /// How long running requests may go on after [`crate::Listener::stop`].
    pub stop_time: Duration,
    /// Until a port that could not be opened is tried again.
    pub retry_time: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 256,
            connections_per_address: 64,
            customers: 2000,
            checkout_streams: 2000,
            customers_per_address: 1800,
            display_streams: 32,
            program_streams: 64,
            streams_per_program: 8,
            body: 64 * 1024,
            control_body: 30_000_000,
            header_time: Duration::from_secs(10),
            idle_time: Duration::from_secs(75),
            body_time: Duration::from_secs(10),
            control_body_time: Duration::from_secs(60),
            request_time: Duration::from_secs(30),
            stall_time: Duration::from_secs(20),
            heartbeat: Duration::from_secs(10),
            rate: Some(Rate { burst: 60, per_second: 30, patience: Duration::from_millis(1500) }),
            loopback_rate: None,
            customer_rate: Some(Rate { burst: 4000, per_second: 600, patience: Duration::from_secs(3) }),
            addresses: 4096,
            refusals_per_window: 5,
            stop_time: Duration::from_secs(3),
            retry_time: Duration::from_secs(3),
        }
    }
}
