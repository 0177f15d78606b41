//! The process that masks another one's output.
//!
//! It is this program under another name, in a session of its own. It gets the patterns and then the
//! output on its standard input, and ends when every writer has closed that: whatever happens to the
//! process that started it, the command never loses its output.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::process::{ExitCode, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use tollgate_secrets::inject::mask::{Masker, Patterns};

/// The name under which this program masks.
pub const NAME: &str = "tollgate-mask";

/// What becomes of the command once nobody reads its output any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReaderGone {
    /// It goes on, as an apply has to: ended in the middle, it leaves a lock and half of a resource.
    GoesOn,
    /// It learns of it with its next output, as without the masking process in between.
    Ends,
}

impl ReaderGone {
    /// How the masking process is told.
    pub(super) fn argument(self) -> Option<&'static str> {
        (self == Self::Ends).then_some(ENDS)
    }
}

const ENDS: &str = "ends";

/// What OpenTofu and Terraform say, on a line of its own, when they are told to end; the digit is how
/// often they were told then, which is reported on standard error.
const WARNINGS: [(&[u8], u8); 2] = [
    (b"Interrupt received.", b'1'),
    (b"Two interrupts received.", b'2'),
];

/// Looks for what a tool says when it is told to end.
#[derive(Default)]
struct Warnings {
    /// The line so far, as much of it as one of them can have.
    line: Vec<u8>,
}

impl Warnings {
    /// Returns the digits to report of what a chunk of output adds.
    fn look(&mut self, chunk: &[u8]) -> Vec<u8> {
        let mut found = Vec::new();
        for byte in chunk {
            if *byte == b'\n' {
                self.line.clear();
                continue;
            }
            if self.line.len() < 32 {
                self.line.push(*byte);
                // Not only at the end of the line: the second one goes on behind it.
                let said = WARNINGS.iter().find(|(said, _)| *said == self.line);
                found.extend(said.map(|(_, digit)| *digit));
            }
        }
        found
    }
}

/// How long output may stay held back because it could begin a secret.
const IDLE: Duration = Duration::from_millis(50);

/// How long to wait for room in an output that does not block.
const FULL: Duration = Duration::from_millis(5);

/// Masks, if this process was started for that.
#[must_use]
pub fn serve() -> Option<ExitCode> {
    let mut arguments = std::env::args_os();
    (arguments.next()? == NAME).then(|| {
        let reader_gone = match arguments.next() {
            Some(argument) if argument == ENDS => ReaderGone::Ends,
            _ => ReaderGone::GoesOn,
        };
        // Its own session: no terminal and no group's signal ends it.
        let _ = rustix::process::setsid();
        for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] {
            let _ = signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false)));
        }
        match mask(reader_gone) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => ExitCode::from(code_of(&error)),
        }
    })
}

/// What a masking process ends with that could not mask.
const FAILED: u8 = u8::MAX;

/// The number by which the system calls the error, which is how the parent learns of it.
fn code_of(error: &io::Error) -> u8 {
    error
        .raw_os_error()
        .and_then(|number| u8::try_from(number).ok())
        .filter(|number| !matches!(*number, 0 | FAILED))
        .unwrap_or(FAILED)
}

/// Returns why a masking process could not write what it had masked, if that is why it failed.
pub(super) fn refused(status: ExitStatus) -> Option<io::Error> {
    status
        .code()
        .filter(|code| !matches!(*code, 0) && *code != i32::from(FAILED))
        .map(io::Error::from_raw_os_error)
}

fn mask(reader_gone: ReaderGone) -> io::Result<()> {
    let mut input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    #[expect(
        clippy::disallowed_methods,
        reason = "this process is all there is between the command and its reader"
    )]
    let mut output = Some(File::from(io::stdout().as_fd().try_clone_to_owned()?));
    let masker = Patterns::receive(&mut input).map(Masker::new);
    let Ok(Ok(mut masker)) = masker else {
        // Rather no output than unmasked output, and the command must not lose its pipe.
        if let Some(output) = &mut output {
            let _ = output.write_all(b"tollgate: cannot mask, so the output is withheld\n");
        }
        io::copy(&mut input, &mut io::sink())?;
        return Err(io::ErrorKind::InvalidData.into());
    };
    let (sender, chunks) = sync_channel::<Vec<u8>>(16);
    std::thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        let mut warnings = Warnings::default();
        loop {
            match input.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => {
                    let chunk = buffer.get(..length).unwrap_or_default().to_vec();
                    let told = warnings.look(&chunk);
                    if !told.is_empty() {
                        // Who started this may have ended.
                        let _ = io::stderr().write_all(&told);
                    }
                    if sender.send(chunk).is_err() {
                        break;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
    });
    let mut ready = Vec::new();
    let mut lost = None;
    // Returns whether to go on.
    let mut write = |ready: &mut Vec<u8>| {
        let written = match &mut output {
            Some(file) => write_all(file, ready),
            None => Ok(()),
        };
        ready.clear();
        let Err(error) = written else {
            return true;
        };
        // Whoever reads has read enough; everything else somebody has to hear of.
        if error.kind() != io::ErrorKind::BrokenPipe {
            lost = Some(error);
        }
        output = None;
        // Ending closes the command's pipe.
        reader_gone == ReaderGone::GoesOn
    };
    loop {
        let chunk = if masker.holds() {
            chunks.recv_timeout(IDLE)
        } else {
            chunks.recv().map_err(|_| RecvTimeoutError::Disconnected)
        };
        match chunk {
            Ok(chunk) => masker.push(&chunk, &mut ready),
            Err(RecvTimeoutError::Timeout) => {
                masker.idle(&mut ready);
                if ready.is_empty() {
                    // What is held back for good reason waits for more.
                    match chunks.recv() {
                        Ok(chunk) => masker.push(&chunk, &mut ready),
                        Err(_) => break,
                    }
                }
            }
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if !write(&mut ready) {
            break;
        }
    }
    masker.finish(&mut ready);
    write(&mut ready);
    lost.map_or(Ok(()), Err)
}

/// Writes everything, also to what does not block.
fn write_all(file: &mut File, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
            Err(error) => match error.kind() {
                io::ErrorKind::Interrupted => {}
                io::ErrorKind::WouldBlock => std::thread::sleep(FULL),
                _ => return Err(error),
            },
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Warnings;

    #[test]
    fn what_a_tool_says_when_it_is_told_to_end() {
        for (chunks, expected) in [
            (&["Interrupt received.\nPlease wait\n"][..], "1"),
            (
                &[
                    "\nInter",
                    "rupt received.",
                    "\nTwo interrupts received. Exiting",
                ],
                "12",
            ),
            // What a provisioner prints stands behind the name of its resource.
            (
                &["terraform_data.a (local-exec): Interrupt received.\n"],
                "",
            ),
            (&["  Interrupt received.\n", &"x".repeat(70_000)], ""),
        ] {
            let mut warnings = Warnings::default();
            let found: Vec<u8> = chunks
                .iter()
                .flat_map(|chunk| warnings.look(chunk.as_bytes()))
                .collect();
            assert_eq!(String::from_utf8_lossy(&found), expected, "{chunks:.40?}");
        }
    }
}
