/** Whether the command came to its end, or may be ended from now on. Whatever ends the process before that must not look like success. */
export const ending = { finished: false };
