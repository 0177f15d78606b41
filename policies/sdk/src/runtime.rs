//! What a module of ours runs on: an allocator, and comparing bytes.
//!
//! Both come with Rust's standard library too, made for being small. A policy compares the addresses
//! of thousands of resources, most of which begin alike, and the comparison of the standard library
//! takes one byte at a time. It allocates for a request that can be a hundred megabytes large, and
//! general allocators search lists of what is free, which takes longer than all that is done with it.

#![expect(
    unsafe_code,
    reason = "what the compiler calls for memory, in a module of one thread"
)]

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::{memory_grow, memory_size};
use core::cell::UnsafeCell;
use core::ptr::null_mut;

const PAGE: usize = 64 << 10;

/// What every block is aligned to.
const ALIGN: usize = 16;

/// Up to this size there is a list for every multiple of [`ALIGN`], above it one for every power of two.
const SMALL: usize = 1024;

/// Lists of free blocks: of 16 to 1,024 bytes, then of 2 KiB to 4 GiB.
const LISTS: usize = SMALL / ALIGN + 1 + 22;

/// An allocator for an instance that lives for one call. Memory is handed out from the front to the
/// back, and what is given back goes to whoever asks for as much again.
struct Arena(UnsafeCell<State>);

struct State {
    /// Where nothing was handed out yet, and where that ends. Both are 0 before the first call.
    next: usize,
    end: usize,
    /// The first free block of each list, 0 where there is none; each begins with the address of the next.
    free: [usize; LISTS],
}

// SAFETY: the target has no threads.
unsafe impl Sync for Arena {}

#[global_allocator]
static ARENA: Arena = Arena(UnsafeCell::new(State {
    next: 0,
    end: 0,
    free: [0; LISTS],
}));

unsafe extern "C" {
    /// Where the linker's data ends.
    static __heap_base: u8;
}

/// The list of a size, and the size of its blocks; none for what cannot be.
fn list(size: usize) -> Option<(usize, usize)> {
    if size <= SMALL {
        let nth = size.div_ceil(ALIGN);
        return Some((nth, nth * ALIGN));
    }
    let room = size.checked_next_power_of_two()?;
    Some((
        SMALL / ALIGN + (room / SMALL).trailing_zeros() as usize,
        room,
    ))
}

impl State {
    /// Hands out what was never handed out before; null where there is no more.
    fn fresh(&mut self, size: usize, align: usize) -> *mut u8 {
        if self.end == 0 {
            self.next = (&raw const __heap_base).addr();
            self.end = memory_size(0) * PAGE;
        }
        let Some(start) = self.next.checked_next_multiple_of(align.max(ALIGN)) else {
            return null_mut();
        };
        let Some(end) = start.checked_add(size) else {
            return null_mut();
        };
        if end > self.end {
            // More than is needed, so that it is rarely asked for: an eighth of what there is.
            let missing = (end - self.end).div_ceil(PAGE);
            let generous = missing.max(self.end / PAGE / 8);
            if memory_grow(0, generous) == usize::MAX && memory_grow(0, missing) == usize::MAX {
                return null_mut();
            }
            self.end = memory_size(0) * PAGE;
        }
        self.next = end;
        start as *mut u8
    }
}

// SAFETY: blocks come from memory that the linker left to the heap, each from beyond all others or from
// a list that it was put in when it was given back; so no two overlap. They are as large as their list
// says and aligned to at least 16 bytes; more is asked for from fresh memory only.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some((nth, room)) = list(layout.size()) else {
            return null_mut();
        };
        // SAFETY: there is one thread, and nothing in here allocates.
        let state = unsafe { &mut *self.0.get() };
        let Some(first) = state.free.get_mut(nth) else {
            return null_mut();
        };
        if *first != 0 && layout.align() <= ALIGN {
            let block = *first as *mut usize;
            // SAFETY: a free block holds the address of the next.
            *first = unsafe { block.read() };
            return block.cast();
        }
        state.fresh(room, layout.align())
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        let state = unsafe { &mut *self.0.get() };
        if let Some((nth, room)) = list(layout.size())
            && room > 0
            && let Some(first) = state.free.get_mut(nth)
        {
            // SAFETY: it is at least 16 bytes large, aligned to 16, and nobody's any more.
            unsafe { block.cast::<usize>().write(*first) };
            *first = block.addr();
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let (Some((old, room)), Some((new, wanted))) = (list(layout.size()), list(size)) else {
            return null_mut();
        };
        if old == new {
            return block;
        }
        // SAFETY: as above.
        let state = unsafe { &mut *self.0.get() };
        // The last that was handed out grows where it is.
        if block.addr() + room == state.next
            && wanted > room
            && wanted - room <= state.end - state.next
        {
            state.next += wanted - room;
            return block;
        }
        // SAFETY: the alignment is one that was asked for before, and the size is no larger than memory.
        let made = unsafe { self.alloc(Layout::from_size_align_unchecked(size, layout.align())) };
        if !made.is_null() {
            // SAFETY: both are that large, and the new one overlaps with nothing.
            unsafe {
                made.copy_from_nonoverlapping(block, layout.size().min(size));
                self.dealloc(block, layout);
            }
        }
        made
    }
}

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
