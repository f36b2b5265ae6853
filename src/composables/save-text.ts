// A text given to the browser as a file to keep.

/** Long enough for the browser to have taken it. */
const TAKEN_MS = 60_000

export function saveText(text: string, fileName: string, type = 'text/csv'): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type }))
  link.download = fileName
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), TAKEN_MS)
}
