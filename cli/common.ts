/** Options every command has. */
export interface Common {
  readonly json?: true;
  readonly color: boolean;
  readonly dir?: string;
  readonly workspace?: string;
}
