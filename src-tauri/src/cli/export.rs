//! `qiantai export`: a file for the owner or the bookkeeper.

use std::time::Duration;

use till_engine::api::{ExportJob, ExportLog, JobState, Request, SaleFilter, Span};

use super::{Desk, Said, local, name};
use crate::args::{ExportArgs, SpanArg};
use crate::fault::Fault;
use crate::words::say;

const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The files that were written.
pub(super) async fn list(desk: &Desk, limit: u32) -> Said {
    desk.show(Request::Exports { limit }, |log: Vec<ExportLog>| table(&log)).await
}

fn span(args: &ExportArgs) -> Span {
    match (&args.from, &args.to) {
        (Some(from), Some(to)) => Span::Custom { from: from.clone(), to: to.clone() },
        (Some(day), None) | (None, Some(day)) => Span::Custom { from: day.clone(), to: day.clone() },
        (None, None) => match args.span {
            SpanArg::Today => Span::Today {},
            SpanArg::Yesterday => Span::Yesterday {},
            SpanArg::Week => Span::Week {},
            SpanArg::Month => Span::Month {},
        },
    }
}

/// Starts it and waits for its end.
pub(super) async fn write(desk: &Desk, args: ExportArgs) -> Said {
    // The till may run in another directory than this command.
    let folder = match &args.to_folder {
        None => String::new(),
        Some(folder) => std::path::absolute(folder).unwrap_or_else(|_| folder.clone()).display().to_string(),
    };
    let request = Request::Export {
        request_id: desk.id(),
        table: args.table.into(),
        preset: args.preset.into(),
        span: span(&args),
        filter: SaleFilter { channel: args.channel, ..SaleFilter::default() },
        folder,
    };
    let mut job: ExportJob = desk.ask(request).await?;
    while job.state == JobState::Running {
        tokio::time::sleep(LOOK_EVERY).await;
        job = desk.ask(Request::ExportJob { job_id: job.id }).await?;
    }
    if job.state != JobState::Done {
        let message = if job.message.is_empty() {
            say("导出被取消", "The export was cancelled").into()
        } else {
            job.message
        };
        return Err(Fault::new(till_engine::api::Code::Unavailable, message));
    }
    let reply = serde_json::to_value(&job).unwrap_or_default();
    desk.print(reply, |job: ExportJob| {
        let head =
            say(format!("{} 行，合计 {}", job.rows, job.sum_fen), format!("{} rows, sum {}", job.rows, job.sum_fen));
        format!("{}\n{head}\nsha256 {}", job.path, job.sha256)
    })
}

fn table(log: &[ExportLog]) -> String {
    let line = |e: &ExportLog| {
        format!(
            "{}\t{}\t{}\t{}..{}\t{}\t{}\t+{}\t{}",
            local(e.at),
            name(e.table),
            name(e.preset),
            e.from,
            e.to,
            e.rows,
            e.sum_fen,
            e.changed_since,
            e.file
        )
    };
    log.iter().map(line).collect::<Vec<_>>().join("\n")
}
