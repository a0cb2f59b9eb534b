/** A stage that something goes through. */
export interface Milestone {
  text: string;
  /** When, or why not yet. */
  sub: string;
  state: 'done' | 'next' | 'bad' | 'none';
}
