// The page's end of the table worker: one worker for each file, gone with it.
import { wrap } from 'comlink'
import type { BroughtFile, OpenedTable } from '../ports/tables'
import type { TableDesk } from './table-desk'

/** Nothing that can be read takes longer; a worker that could not start never answers. */
const READING_MS = 60_000

export async function openTableFile(file: BroughtFile): Promise<OpenedTable> {
  const worker = new Worker(new URL('./table.worker.ts', import.meta.url), {
    type: 'module',
    name: 'table',
  })
  // Its methods are asynchronous already: the remote is the interface itself.
  const desk = wrap<TableDesk>(worker) as unknown as TableDesk
  const opened = await Promise.race([desk.open(file), unableIn(worker)])
  if (!opened.ok) {
    worker.terminate()
    return opened
  }
  const { summary } = opened
  return {
    ok: true,
    table: {
      summary,
      importCsv: (settings) => desk.importCsv(settings),
      rejectedCsv: (errors, lineColumn) => desk.rejectedCsv(errors, lineColumn),
      close: () => worker.terminate(),
    },
  }
}

function unableIn(worker: Worker): Promise<{ readonly ok: false; readonly problem: 'unreadable' }> {
  return new Promise((resolve) => {
    const unable = (): void => resolve({ ok: false, problem: 'unreadable' })
    worker.addEventListener('error', unable, { once: true })
    setTimeout(unable, READING_MS)
  })
}
