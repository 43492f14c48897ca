"""
What a signal interrupted. A program that handles its own fault, as an office does, is dumped where its handler gives up; the fault itself stands in the frame that
the kernel laid on the stack before it called the handler (struct rt_sigframe of x86-64).
"""
import struct

# Where struct sigcontext lies in the frame: behind the address to return to, two words and the signal stack of struct ucontext.
CONTEXT_AT = 48
NAMES = 'r8 r9 r10 r11 r12 r13 r14 r15 rdi rsi rbp rbx rdx rax rcx rsp rip eflags segments error trap oldmask cr2'.split()
FRAME_BYTES = CONTEXT_AT + 8 * len(NAMES)
# Exceptions of the processor, and the signal that each becomes. A division has the number that a thread without a fault has, too.
TRAPS = {6: 'SIGILL', 13: 'SIGSEGV', 14: 'SIGSEGV', 17: 'SIGBUS'}
PAGE_FAULT = 14
USER_CODE = 0x33
MOST_FLAGS = 0xff


def interrupted(stack, is_code):
    """
    The oldest fault of the processor whose frame lies in these bytes of a stack, or None: its registers, with `trap` and `error` of the processor and, of a
    page fault, the address as `cr2`. `is_code(address)`: whether a mapped file is executable there, as what a handler returns to is.
    """
    found = None
    for at in range(0, len(stack) - FRAME_BYTES + 1, 8):
        back, flags, link = struct.unpack_from('<QQQ', stack, at)
        if link or flags > MOST_FLAGS:
            continue
        registers = dict(zip(NAMES, struct.unpack_from('<%dQ' % len(NAMES), stack, at + CONTEXT_AT)))
        # Asked last: it costs most.
        if registers['trap'] in TRAPS and registers['segments'] & 0xffff == USER_CODE and is_code(back):
            found = registers
    return found
