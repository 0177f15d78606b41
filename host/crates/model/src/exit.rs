//! Every exit code of `tollgate`, one constant each.
//!
//! The codes are disjoint: a number has one meaning. When several situations hold
//! in one run, the first of this order wins: 2, 3, 7, 6, 4, 1, 5. A run that a signal ended has
//! 128 and the signal's number.

/// Everything that was asked for holds.
pub const PASSED: u8 = 0;
/// A policy refuses the plan; in `policy test` and `policy mutate`, it is not as was asked for.
pub const REFUSED: u8 = 1;
/// The command line or the configuration is wrong, or no policy would run.
pub const USAGE: u8 = 2;
/// A plan cannot be read, is not a plan, is of an unsupported version, or is errored or incomplete.
pub const PLAN: u8 = 3;
/// A policy cannot be trusted or run: load, digest, contract, crash or limit.
pub const POLICY: u8 = 4;
/// Something is undetermined, and the environment says that this refuses.
pub const UNDETERMINED: u8 = 5;
/// A secrets file cannot be read, opened or shown.
pub const SECRETS: u8 = 6;
/// A guard of the environment refuses: secrets that are another environment's, or a deploy that is
/// not where it should be.
pub const GUARD: u8 = 7;
/// OpenTofu or Terraform failed.
pub const TOOL: u8 = 8;
/// It was applied, and what comes after that failed: it is not in the history, the lock was broken
/// meanwhile, or `verify` did not pass.
pub const AFTERWARDS: u8 = 9;
/// `exec`: Tollgate failed before the command ran.
pub const EXEC: u8 = 125;
/// `exec`: the command cannot be executed.
pub const NOT_EXECUTABLE: u8 = 126;
/// `exec`: there is no such command.
pub const NOT_FOUND: u8 = 127;
/// A bug in Tollgate.
pub const BUG: u8 = 70;
