//! How the heap grows.

/// Makes the heap grow and shrink in large steps.
///
/// The allocator of glibc extends the heap of a thread by what one request needs, mostly a page, with a
/// system call each: a small plan took 800 of them, a tenth of its time. Pages that nobody touches cost
/// nothing. Other allocators do without, and are left alone.
pub fn grow_in_steps() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        const STEP: libc::c_int = 4 << 20;
        const KEPT: libc::c_int = 64 << 20;
        for (parameter, value) in [
            (libc::M_TOP_PAD, STEP),
            // What is larger is mapped by itself. Left to itself this follows what is freed, but not
            // once another parameter is set.
            (libc::M_MMAP_THRESHOLD, STEP),
            (libc::M_TRIM_THRESHOLD, KEPT),
        ] {
            #[expect(unsafe_code, reason = "the allocator is told by this function only")]
            // SAFETY: it may be called at any time and reads no memory of ours. That it refuses costs
            // time and nothing else.
            let _ = unsafe { libc::mallopt(parameter, value) };
        }
    }
}
