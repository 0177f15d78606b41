//! WASI preview 1 with nothing behind it.
//!
//! A command that a compiler for `wasm32-wasip1` wrote expects these functions. It
//! gets the request on standard input and may answer on standard output; beyond that
//! there is nothing: no file, directory, environment variable, argument or socket, a
//! clock that stands still, and "random" bytes that are the same in every run. The
//! layouts and numbers are those of WASI's `wasi_snapshot_preview1` (witx).
//!
//! What a call makes the host do costs the guest fuel, byte by byte, so that fuel
//! stays the budget that decides.

use wasmtime::{Caller, Engine, Error, Extern, FuncType, Linker, Result, Trap, Val, ValType};

use crate::engine::Sandbox;

/// The module that the functions are imported from.
pub(super) const MODULE: &str = "wasi_snapshot_preview1";

/// What the clock says, in nanoseconds: the first second of 2000 in UTC. Not zero,
/// which Go's runtime takes for a broken clock.
const NOW: u64 = 946_684_800_000_000_000;

/// The seed of every run.
const SEED: u64 = 0x546f_6c6c_6761_7465;

/// How much of standard error is kept, in bytes.
const MAX_STDERR: usize = 4 << 10;

/// How many buffers or subscriptions one call may name.
const MAX_VECTORS: u32 = 1_024;

const STDIN: i32 = 0;
const STDOUT: i32 = 1;
const STDERR: i32 = 2;

/// An error number of WASI.
type Errno = i32;

const SUCCESS: Errno = 0;
const BADF: Errno = 8;
const FAULT: Errno = 21;
const INVAL: Errno = 28;
const NOSYS: Errno = 52;
const NOTDIR: Errno = 54;
const NOTSOCK: Errno = 57;
const NOTSUP: Errno = 58;
const SPIPE: Errno = 70;

/// What one run of a command has read, written and waited for.
#[derive(Debug)]
pub(super) struct WasiState {
    stdin: Vec<u8>,
    read: usize,
    pub(super) stdout: Vec<u8>,
    max_stdout: usize,
    pub(super) stderr: Vec<u8>,
    open: [bool; 3],
    clock: u64,
    /// Whether it waited for nothing but the clock.
    pub(super) slept: bool,
    random: u64,
}

impl WasiState {
    /// A state that says `stdin` and listens to `max_stdout` bytes.
    pub(super) fn new(stdin: Vec<u8>, max_stdout: usize) -> Self {
        Self {
            stdin,
            read: 0,
            stdout: Vec::new(),
            max_stdout,
            stderr: Vec::new(),
            open: [true; 3],
            clock: NOW,
            slept: false,
            random: SEED,
        }
    }

    fn is_open(&self, fd: i32) -> bool {
        usize::try_from(fd)
            .ok()
            .and_then(|fd| self.open.get(fd).copied())
            .unwrap_or(false)
    }

    /// SplitMix64: small, and of no use to anybody who wants a secret.
    fn next_random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// Why a command was ended from within a call.
#[derive(Debug, thiserror::Error)]
pub(super) enum End {
    /// It asked to be.
    #[error("it ended with exit code {0}")]
    Exit(i32),
    /// It said more than the host listens to.
    #[error("it wrote too much to standard output")]
    Flood,
}

type Guest<'a> = Caller<'a, Sandbox<WasiState>>;

/// Offers every function of WASI preview 1.
pub(super) fn linker(engine: &Engine) -> Result<Linker<Sandbox<WasiState>>> {
    let mut linker = Linker::new(engine);
    linker
        .func_wrap(MODULE, "args_sizes_get", none_sizes)?
        .func_wrap(MODULE, "args_get", none_get)?
        .func_wrap(MODULE, "environ_sizes_get", none_sizes)?
        .func_wrap(MODULE, "environ_get", none_get)?
        .func_wrap(MODULE, "clock_res_get", clock_res_get)?
        .func_wrap(MODULE, "clock_time_get", clock_time_get)?
        .func_wrap(MODULE, "fd_close", fd_close)?
        .func_wrap(MODULE, "fd_fdstat_get", fd_fdstat_get)?
        .func_wrap(MODULE, "fd_fdstat_set_flags", fd_fdstat_set_flags)?
        .func_wrap(MODULE, "fd_filestat_get", fd_filestat_get)?
        .func_wrap(MODULE, "fd_read", fd_read)?
        .func_wrap(MODULE, "fd_write", fd_write)?
        .func_wrap(MODULE, "poll_oneoff", poll_oneoff)?
        .func_wrap(MODULE, "proc_exit", proc_exit)?
        .func_wrap(MODULE, "random_get", random_get)?
        .func_wrap(MODULE, "sched_yield", sched_yield)?
        .func_wrap(MODULE, "proc_raise", proc_raise)?;
    for (name, parameters, on_stream) in INERT {
        let types = parameters.bytes().map(|letter| match letter {
            b'I' => ValType::I64,
            _ => ValType::I32,
        });
        let ty = FuncType::new(engine, types, [ValType::I32]);
        linker.func_new(MODULE, name, ty, move |mut caller, arguments, results| {
            charge(&mut caller, CALL)?;
            let fd = arguments.first().and_then(Val::i32).unwrap_or(-1);
            let errno = if caller.data().state.is_open(fd) {
                *on_stream
            } else {
                BADF
            };
            if let Some(result) = results.first_mut() {
                *result = Val::I32(errno);
            }
            Ok(())
        })?;
    }
    Ok(linker)
}

/// The functions that do something, if only to say that there is nothing.
const WORKING: &[&str] = &[
    "args_get",
    "args_sizes_get",
    "clock_res_get",
    "clock_time_get",
    "environ_get",
    "environ_sizes_get",
    "fd_close",
    "fd_fdstat_get",
    "fd_fdstat_set_flags",
    "fd_filestat_get",
    "fd_read",
    "fd_write",
    "poll_oneoff",
    "proc_exit",
    "proc_raise",
    "random_get",
    "sched_yield",
];

/// Whether a command may import this.
pub(super) fn offers(module: &str, name: &str) -> bool {
    module == MODULE && (WORKING.contains(&name) || INERT.iter().any(|(inert, ..)| *inert == name))
}

/// Functions that can do nothing here: their name, their parameters (`i` for 32 bits,
/// `I` for 64; the first is the descriptor), and what they answer on one of the three
/// standard streams. On every other descriptor the answer is that there is none.
const INERT: &[(&str, &str, Errno)] = &[
    ("fd_advise", "iIIi", SPIPE),
    ("fd_allocate", "iII", SPIPE),
    ("fd_datasync", "i", INVAL),
    ("fd_fdstat_set_rights", "iII", NOTSUP),
    ("fd_filestat_set_size", "iI", INVAL),
    ("fd_filestat_set_times", "iIIi", INVAL),
    ("fd_pread", "iiiIi", SPIPE),
    ("fd_prestat_dir_name", "iii", BADF),
    ("fd_prestat_get", "ii", BADF),
    ("fd_pwrite", "iiiIi", SPIPE),
    ("fd_readdir", "iiiIi", NOTDIR),
    ("fd_renumber", "ii", NOTSUP),
    ("fd_seek", "iIii", SPIPE),
    ("fd_sync", "i", INVAL),
    ("fd_tell", "ii", SPIPE),
    ("path_create_directory", "iii", NOTDIR),
    ("path_filestat_get", "iiiii", NOTDIR),
    ("path_filestat_set_times", "iiiiIIi", NOTDIR),
    // The descriptor that the old path starts from is the first parameter.
    ("path_link", "iiiiiii", NOTDIR),
    ("path_open", "iiiiiIIii", NOTDIR),
    ("path_readlink", "iiiiii", NOTDIR),
    ("path_remove_directory", "iii", NOTDIR),
    ("path_rename", "iiiiii", NOTDIR),
    // Its first parameter is a pointer, which is no open descriptor.
    ("path_symlink", "iiiii", BADF),
    ("path_unlink_file", "iii", NOTDIR),
    ("sock_accept", "iii", NOTSOCK),
    ("sock_recv", "iiiiii", NOTSOCK),
    ("sock_send", "iiiii", NOTSOCK),
    ("sock_shutdown", "ii", NOTSOCK),
];

/// What any call costs, in fuel: about what it takes to leave the guest and come back.
const CALL: u64 = 200;

/// What a call costs that handles buffers or subscriptions, before its bytes are counted.
const TRANSFER: u64 = 1_000;

/// Takes fuel for work that the host does on the guest's behalf.
fn charge(guest: &mut Guest<'_>, units: u64) -> Result<()> {
    let left = guest.get_fuel()?;
    guest.set_fuel(left.saturating_sub(units))?;
    if left < units {
        return Err(Error::new(Trap::OutOfFuel));
    }
    Ok(())
}

/// The guest's memory, and what it is told beside it. A guest without one has an empty memory.
fn split<'g>(guest: &'g mut Guest<'_>) -> (&'g mut [u8], &'g mut WasiState) {
    match guest.get_export("memory") {
        Some(Extern::Memory(memory)) => {
            let (memory, sandbox) = memory.data_and_store_mut(guest);
            (memory, &mut sandbox.state)
        }
        _ => (&mut [], &mut guest.data_mut().state),
    }
}

fn slice(memory: &[u8], at: u32, length: u32) -> Option<&[u8]> {
    let at = usize::try_from(at).ok()?;
    memory.get(at..at.checked_add(usize::try_from(length).ok()?)?)
}

fn slice_mut(memory: &mut [u8], at: u32, length: u32) -> Option<&mut [u8]> {
    let at = usize::try_from(at).ok()?;
    memory.get_mut(at..at.checked_add(usize::try_from(length).ok()?)?)
}

fn read_u16(memory: &[u8], at: u32) -> Option<u16> {
    Some(u16::from_le_bytes(slice(memory, at, 2)?.try_into().ok()?))
}

fn read_u32(memory: &[u8], at: u32) -> Option<u32> {
    Some(u32::from_le_bytes(slice(memory, at, 4)?.try_into().ok()?))
}

fn read_u64(memory: &[u8], at: u32) -> Option<u64> {
    Some(u64::from_le_bytes(slice(memory, at, 8)?.try_into().ok()?))
}

fn write(memory: &mut [u8], at: u32, bytes: &[u8]) -> Option<()> {
    let length = u32::try_from(bytes.len()).ok()?;
    slice_mut(memory, at, length)?.copy_from_slice(bytes);
    Some(())
}

/// Success, or that a pointer leads out of the memory.
fn done(result: Option<()>) -> Errno {
    result.map_or(FAULT, |()| SUCCESS)
}

/// `args_sizes_get`, `environ_sizes_get`: there are none.
fn none_sizes(mut guest: Guest<'_>, count: u32, size: u32) -> Result<Errno> {
    charge(&mut guest, CALL)?;
    let (memory, _) = split(&mut guest);
    Ok(done(
        write(memory, count, &[0; 4]).and_then(|()| write(memory, size, &[0; 4])),
    ))
}

/// `args_get`, `environ_get`: nothing to write.
fn none_get(mut guest: Guest<'_>, _: u32, _: u32) -> Result<Errno> {
    charge(&mut guest, CALL)?;
    Ok(SUCCESS)
}

fn sched_yield(mut guest: Guest<'_>) -> Result<Errno> {
    charge(&mut guest, CALL)?;
    Ok(SUCCESS)
}

/// There are no signals.
fn proc_raise(mut guest: Guest<'_>, _: i32) -> Result<Errno> {
    charge(&mut guest, CALL)?;
    Ok(NOSYS)
}

/// Real time, monotonic time, and the time that the process or thread has used.
const CLOCKS: i32 = 4;

fn clock_res_get(mut guest: Guest<'_>, clock: i32, result: u32) -> Result<Errno> {
    charge(&mut guest, CALL)?;
    if !(0..CLOCKS).contains(&clock) {
        return Ok(INVAL);
    }
    let (memory, _) = split(&mut guest);
    Ok(done(write(memory, result, &1_u64.to_le_bytes())))
}

fn clock_time_get(mut guest: Guest<'_>, clock: i32, _precision: u64, result: u32) -> Result<Errno> {
    charge(&mut guest, CALL)?;
    if !(0..CLOCKS).contains(&clock) {
        return Ok(INVAL);
    }
    let (memory, wasi) = split(&mut guest);
    Ok(done(write(memory, result, &wasi.clock.to_le_bytes())))
}

fn fd_close(mut guest: Guest<'_>, fd: i32) -> Result<Errno> {
    charge(&mut guest, CALL)?;
    let wasi = &mut guest.data_mut().state;
    if !wasi.is_open(fd) {
        return Ok(BADF);
    }
    if let Some(open) = usize::try_from(fd)
        .ok()
        .and_then(|fd| wasi.open.get_mut(fd))
    {
        *open = false;
    }
    Ok(SUCCESS)
}

/// The rights to read, to write and to be polled.
const RIGHT_READ: u64 = 1 << 1;
const RIGHT_WRITE: u64 = 1 << 6;
const RIGHT_POLL: u64 = 1 << 27;

fn fd_fdstat_get(mut guest: Guest<'_>, fd: i32, result: u32) -> Result<Errno> {
    charge(&mut guest, CALL)?;
    let (memory, wasi) = split(&mut guest);
    if !wasi.is_open(fd) {
        return Ok(BADF);
    }
    // The type of file is 0, unknown, which is what a pipe is.
    let mut stat = [0; 24];
    let rights = RIGHT_POLL | if fd == STDIN { RIGHT_READ } else { RIGHT_WRITE };
    stat[8..16].copy_from_slice(&rights.to_le_bytes());
    Ok(done(write(memory, result, &stat)))
}

/// Non-blocking or not is all the same where nothing blocks.
fn fd_fdstat_set_flags(mut guest: Guest<'_>, fd: i32, _flags: i32) -> Result<Errno> {
    charge(&mut guest, CALL)?;
    if guest.data().state.is_open(fd) {
        Ok(SUCCESS)
    } else {
        Ok(BADF)
    }
}

fn fd_filestat_get(mut guest: Guest<'_>, fd: i32, result: u32) -> Result<Errno> {
    charge(&mut guest, CALL)?;
    let (memory, wasi) = split(&mut guest);
    if wasi.is_open(fd) {
        Ok(done(write(memory, result, &[0; 64])))
    } else {
        Ok(BADF)
    }
}

/// The buffers that a call names: where they are and how long.
fn vectors(memory: &[u8], at: u32, count: u32) -> Option<Vec<(u32, u32)>> {
    (0..count)
        .map(|index| {
            let at = at.checked_add(index.checked_mul(8)?)?;
            Some((read_u32(memory, at)?, read_u32(memory, at.checked_add(4)?)?))
        })
        .collect()
}

fn fd_read(mut guest: Guest<'_>, fd: i32, at: u32, count: u32, result: u32) -> Result<Errno> {
    if fd != STDIN || !guest.data().state.is_open(fd) {
        return Ok(BADF);
    }
    if count > MAX_VECTORS {
        return Ok(INVAL);
    }
    let (memory, wasi) = split(&mut guest);
    let mut given = 0;
    let filled = vectors(memory, at, count).and_then(|vectors| {
        for (at, length) in vectors {
            let rest = wasi.stdin.get(wasi.read..)?;
            let length = length.min(u32::try_from(rest.len()).unwrap_or(u32::MAX));
            let bytes = rest.get(..usize::try_from(length).ok()?)?;
            slice_mut(memory, at, length)?.copy_from_slice(bytes);
            wasi.read += bytes.len();
            given += length;
        }
        write(memory, result, &given.to_le_bytes())
    });
    charge(&mut guest, TRANSFER + u64::from(given) + u64::from(count))?;
    Ok(done(filled))
}

fn fd_write(mut guest: Guest<'_>, fd: i32, at: u32, count: u32, result: u32) -> Result<Errno> {
    if !matches!(fd, STDOUT | STDERR) || !guest.data().state.is_open(fd) {
        return Ok(BADF);
    }
    if count > MAX_VECTORS {
        return Ok(INVAL);
    }
    let (memory, wasi) = split(&mut guest);
    let (kept, most) = if fd == STDOUT {
        (&mut wasi.stdout, wasi.max_stdout)
    } else {
        (&mut wasi.stderr, MAX_STDERR)
    };
    let mut taken: u32 = 0;
    let mut cost = TRANSFER + u64::from(count);
    let mut flood = false;
    let written = vectors(memory, at, count).and_then(|vectors| {
        for (at, length) in vectors {
            let bytes = slice(memory, at, length)?;
            let room = most - kept.len();
            flood |= bytes.len() > room;
            let bytes = bytes.get(..bytes.len().min(room))?;
            cost += bytes.len() as u64;
            kept.extend_from_slice(bytes);
            taken = taken.checked_add(length)?;
        }
        write(memory, result, &taken.to_le_bytes())
    });
    charge(&mut guest, cost)?;
    // What does not fit into standard error is dropped: it is for people, and no answer.
    if flood && fd == STDOUT {
        return Err(Error::new(End::Flood));
    }
    Ok(done(written))
}

fn random_get(mut guest: Guest<'_>, at: u32, length: u32) -> Result<Errno> {
    charge(&mut guest, TRANSFER + 4 * u64::from(length))?;
    let (memory, wasi) = split(&mut guest);
    let Some(bytes) = slice_mut(memory, at, length) else {
        return Ok(FAULT);
    };
    for chunk in bytes.chunks_mut(8) {
        let random = wasi.next_random().to_le_bytes();
        chunk.copy_from_slice(&random[..chunk.len()]);
    }
    Ok(SUCCESS)
}

fn proc_exit(_: Guest<'_>, code: i32) -> Result<()> {
    Err(Error::new(End::Exit(code)))
}

/// Bytes of a subscription and of an event.
const SUBSCRIPTION: u32 = 48;
const EVENT: usize = 32;

/// What a guest waits for.
enum Wait {
    /// The clock, to reach this.
    Until(u64),
    /// A stream. All are ready at all times: the request is there, and nothing blocks.
    Stream { kind: u8, errno: Errno, bytes: u64 },
}

/// Waits without time passing: a guest that only sleeps finds the clock put forward to
/// the first of the moments that it waits for, so that it wakes up.
fn poll_oneoff(
    mut guest: Guest<'_>,
    input: u32,
    output: u32,
    count: u32,
    result: u32,
) -> Result<Errno> {
    if count == 0 || count > MAX_VECTORS {
        return Ok(INVAL);
    }
    charge(
        &mut guest,
        TRANSFER + u64::from(count) * u64::from(SUBSCRIPTION),
    )?;
    let (memory, wasi) = split(&mut guest);
    let waits: Option<Vec<(u64, Wait)>> = (0..count)
        .map(|index| subscription(memory, input.checked_add(index * SUBSCRIPTION)?, wasi))
        .collect();
    let Some(waits) = waits else {
        return Ok(FAULT);
    };
    let only_sleeps = waits.iter().all(|(_, wait)| matches!(wait, Wait::Until(_)));
    let first = waits.iter().filter_map(|(_, wait)| match wait {
        Wait::Until(moment) => Some(*moment),
        Wait::Stream { .. } => None,
    });
    if let Some(first) = first.min()
        && only_sleeps
    {
        wasi.clock = wasi.clock.max(first);
        wasi.slept = true;
    }
    let mut events = Vec::new();
    let mut happened: u32 = 0;
    for (userdata, wait) in waits {
        let (kind, errno, bytes) = match wait {
            Wait::Until(moment) if moment > wasi.clock => continue,
            Wait::Until(_) => (0, SUCCESS, 0),
            Wait::Stream { kind, errno, bytes } => (kind, errno, bytes),
        };
        let mut event = [0; EVENT];
        event[..8].copy_from_slice(&userdata.to_le_bytes());
        event[8..12].copy_from_slice(&errno.to_le_bytes());
        event[10] = kind;
        event[16..24].copy_from_slice(&bytes.to_le_bytes());
        events.extend_from_slice(&event);
        happened += 1;
    }
    Ok(done(write(memory, output, &events).and_then(|()| {
        write(memory, result, &happened.to_le_bytes())
    })))
}

/// Reads one subscription. One of a kind that there is not is answered as a broken
/// stream is.
fn subscription(memory: &[u8], at: u32, wasi: &WasiState) -> Option<(u64, Wait)> {
    let field = |offset: u32| at.checked_add(offset);
    let userdata = read_u64(memory, at)?;
    let kind = *slice(memory, field(8)?, 1)?.first()?;
    if kind == 0 {
        let timeout = read_u64(memory, field(24)?)?;
        let absolute = read_u16(memory, field(40)?)? & 1 == 1;
        let moment = if absolute {
            timeout
        } else {
            wasi.clock.saturating_add(timeout)
        };
        return Some((userdata, Wait::Until(moment)));
    }
    let fd = read_u32(memory, field(16)?)?.cast_signed();
    let errno = if wasi.is_open(fd) { SUCCESS } else { BADF };
    let bytes = match (kind, fd) {
        (1, STDIN) => (wasi.stdin.len() - wasi.read) as u64,
        _ => 0,
    };
    Some((userdata, Wait::Stream { kind, errno, bytes }))
}
