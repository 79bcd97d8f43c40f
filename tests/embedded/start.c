/* Start of a program on a bare Cortex-M4: the vector table, and the floating-point unit switched on. newlib's _start
 * does the rest and calls main with the emulator's arguments. */
#include <stdint.h>

extern uint32_t __stack;
void _start(void);
void reset(void);

void reset(void)
{
    volatile uint32_t *const cpacr = (volatile uint32_t *)0xE000ED88;
    *cpacr |= 0xFu << 20; /* coprocessors 10 and 11 */
    __asm volatile("dsb\n\tisb");
    _start();
    for (;;) {}
}

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {&__stack,
                                                                                   (const void *)reset};
