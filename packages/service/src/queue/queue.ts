/**
 * Who brings waiting tasks to free hands. The task table is the truth about what waits: the queue only decides when
 * somebody looks, and how many work at a time.
 */
export type Queue = {
	/** Says that something may be waiting: a task was committed, or put back. */
	wake(): void;
	/**
	 * Begins to hand out work.
	 * @param take Takes the next waiting piece, so that nobody else gets it; undefined when nothing waits.
	 * @param work Does it. Resolves when it is over, however it ended; it must not reject.
	 */
	start<Piece>(take: () => Promise<Piece | undefined>, work: (piece: Piece) => Promise<void>): void;
	/** Hands out no more; resolves when the last piece is over. */
	stop(): Promise<void>;
};
