//! A child process with everything it starts.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::{PATIENCE, clock};

/// A child in a process group of its own, so that grandchildren (a driver's browser, its web processes) end with it.
pub struct Group {
    child: Child,
}

impl Group {
    /// Starts the command. Its input is empty.
    pub fn spawn(command: &mut Command) -> Result<Group> {
        let child = command.process_group(0).stdin(Stdio::null()).spawn().with_context(|| format!("{command:?}"))?;
        Ok(Group { child })
    }

    /// The first line it prints; the rest is read and dropped, so that it never blocks on a full pipe.
    /// The command must have been given a piped standard output.
    pub fn first_line(&mut self) -> Result<String> {
        let pipe = self.child.stdout.take().context("standard output is not piped")?;
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || drain(pipe, &tell));
        match told.recv_timeout(PATIENCE) {
            Ok(line) if !line.is_empty() => Ok(line),
            Ok(_) => bail!("it ended without a word: {:?}", self.child.wait()?),
            Err(_) => bail!("it said nothing for {PATIENCE:?}"),
        }
    }

    /// The process id of the child.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the child to end by itself and says how.
    pub fn ended(&mut self) -> Result<std::process::ExitStatus> {
        crate::until("the process to end", || Ok(self.child.try_wait()?))
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(pid, signal);
        }
    }

    /// Asks it to end (SIGTERM).
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Ends it in the middle of whatever it does (SIGKILL).
    pub fn kill9(mut self) {
        self.signal(Signal::KILL);
        let _ = self.child.wait();
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.signal(Signal::TERM);
            let began = clock();
            while matches!(self.child.try_wait(), Ok(None)) && began.elapsed() < Duration::from_secs(3) {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        self.signal(Signal::KILL);
        let _ = self.child.wait();
    }
}

fn drain(pipe: ChildStdout, tell: &mpsc::Sender<String>) {
    let mut lines = BufReader::new(pipe);
    let mut first = String::new();
    let _ = lines.read_line(&mut first);
    let _ = tell.send(first);
    let mut rest = [0; 4096];
    while lines.read(&mut rest).is_ok_and(|n| n > 0) {}
}
