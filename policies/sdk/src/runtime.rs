//! What a module of ours runs on: an allocator, and comparing bytes.
//!
//! Both come with Rust's standard library too, made for being small. A policy compares the addresses
//! of thousands of resources, most of which begin alike, and the comparison of the standard library
//! takes one byte at a time.

#![expect(unsafe_code, reason = "what the compiler calls for comparing memory")]

#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// As C has it: less than, equal to or greater than zero as the first byte that differs.
///
/// # Safety
/// `len` bytes can be read at both places.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcmp(left: *const u8, right: *const u8, len: usize) -> i32 {
    let mut at = 0;
    while at + 8 <= len {
        // SAFETY: eight bytes from `at` on are within `len`.
        let (a, b) = unsafe {
            (
                left.add(at).cast::<u64>().read_unaligned(),
                right.add(at).cast::<u64>().read_unaligned(),
            )
        };
        if a != b {
            // WebAssembly is little-endian: the first byte that differs is the lowest.
            return if a.swap_bytes() < b.swap_bytes() {
                -1
            } else {
                1
            };
        }
        at += 8;
    }
    while at < len {
        // SAFETY: `at` is within `len`.
        let (a, b) = unsafe { (left.add(at).read(), right.add(at).read()) };
        if a != b {
            return i32::from(a) - i32::from(b);
        }
        at += 1;
    }
    0
}

/// As [`memcmp`], where only equality is asked for.
///
/// # Safety
/// As for [`memcmp`].
#[unsafe(no_mangle)]
unsafe extern "C" fn bcmp(left: *const u8, right: *const u8, len: usize) -> i32 {
    // SAFETY: as the caller says.
    unsafe { memcmp(left, right, len) }
}
