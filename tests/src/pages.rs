//! The user interface with its fake till, built apart from the product's pages and served to a browser: every screen can be
//! looked at without a shop behind it.

pub mod states;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

/// Runs before the pages' own scripts and writes down what they complain about.
pub const LISTENER: &str = include_str!("pages/listener.js");
/// For `execute_async`: waits until a screen is drawn and rests. Takes a selector that must be there, whether the fake
/// till plays a script, and milliseconds of patience; answers null, or what is missing.
pub const SETTLE: &str = include_str!("pages/settle.js");
/// For `execute`: what is wrong with the picture. Takes the language and the first parts of the texts' keys; answers a
/// list of sentences.
pub const AUDIT: &str = include_str!("pages/audit.js");

/// Complains in every way a page can, so that a test knows that the listener hears.
const BROKEN: &str = "console.error('broken: said'); Promise.reject(new Error('broken: rejected')); \
                      setTimeout(() => { throw new Error('broken: thrown'); }); eval('broken: policy');";

/// Where the pages with the fake till are: `QIANTAI_MOCK_PAGES`, or built now into `target/ui-mock`.
pub fn built() -> Result<PathBuf> {
    if let Some(dir) = std::env::var_os("QIANTAI_MOCK_PAGES") {
        return Ok(dir.into());
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("tests lie in the project")?;
    let dir = crate::binary()?.ancestors().nth(2).context("the program lies in target/debug")?.join("ui-mock");
    let said = Command::new("npm")
        .current_dir(root.join("ui"))
        .args(["exec", "--", "vite", "build", "--mode", "mock", "--emptyOutDir", "--logLevel", "error", "--outDir"])
        .arg(&dir)
        .output()
        .context("npm")?;
    ensure!(said.status.success(), "vite build --mode mock: {}", String::from_utf8_lossy(&said.stderr));
    Ok(dir)
}

/// The pages on a port of their own.
pub struct Pages {
    /// Where they are served.
    pub address: SocketAddr,
    server: tokio::task::JoinHandle<()>,
}

impl Pages {
    /// Serves the pages in `dir` until dropped.
    pub async fn serve(dir: PathBuf) -> Result<Pages> {
        let index = std::fs::read_to_string(dir.join("index.html")).context("the built pages")?;
        let index = index.replacen("<head>", "<head><script src=\"/listener.js\"></script>", 1);
        ensure!(index.contains("/listener.js"), "index.html has no <head>");
        let pages = Arc::new(Built { dir, index });
        let router = Router::new().fallback(answer).with_state(pages);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Pages { address, server })
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        self.server.abort();
    }
}

struct Built {
    dir: PathBuf,
    index: String,
}

async fn answer(State(pages): State<Arc<Built>>, uri: Uri) -> Response {
    let kind = |kind: &'static str| [(header::CONTENT_TYPE, kind)];
    match uri.path() {
        "/" => (kind("text/html; charset=utf-8"), pages.index.clone()).into_response(),
        "/listener.js" => (kind("text/javascript"), LISTENER).into_response(),
        "/broken.js" => (kind("text/javascript"), BROKEN).into_response(),
        path if path.contains("..") => StatusCode::NOT_FOUND.into_response(),
        path => match tokio::fs::read(pages.dir.join(path.trim_start_matches('/'))).await {
            Ok(bytes) => (kind(kind_of(path)), bytes).into_response(),
            Err(_) => StatusCode::NOT_FOUND.into_response(),
        },
    }
}

fn kind_of(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}
