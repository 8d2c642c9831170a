/** The user pressed Ctrl-C: exit code 130, and a state from which the next command works. */
export class Interrupted extends Error {
  constructor(message = "Interrupted. Run the same command again to go on from here.") {
    super(message);
    this.name = "Interrupted";
  }
}
