/** What people are told, ready to be sent: a notice about a task, or an alert about the whole. */
export interface Announcement {
  /** A name for a file. The same for the same news, however often it is sent. */
  readonly id: string;
  /** Who is told. */
  readonly target: 'TPM' | 'Council' | 'operations' | 'engineering lead';
  readonly subject: string;
  readonly text: string;
}
