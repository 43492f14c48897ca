/** An error of the program: ends what runs, up to the next `stopped` or to the outermost. */
export class ProgramError extends Error {}
/** `exit`, up to the innermost loop; and `stop`. */
export class Leave extends Error {}
/** The program has cost what one may cost. */
export class Spent extends Error {}
