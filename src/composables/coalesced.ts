// One read at a time: what is asked for while it runs is answered by one more run afterwards.

/** @returns a function that runs `work` now, or once more after the run under way */
export function coalesced(work: () => Promise<void>): () => void {
  let isRunning = false
  let isAskedAgain = false

  async function run(): Promise<void> {
    isRunning = true
    try {
      await work()
    } finally {
      isRunning = false
      if (isAskedAgain) {
        isAskedAgain = false
        void run()
      }
    }
  }

  return () => {
    if (isRunning) isAskedAgain = true
    else void run()
  }
}
