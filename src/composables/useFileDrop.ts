// A file that is dropped on the page: anywhere, for one that falls beside the field would make the browser leave the app.
import { onMounted, onScopeDispose, readonly, ref } from 'vue'

/**
 * While the caller is on screen. What is dragged and holds no file, such as a text, is left to the browser.
 * @param take at least one file
 */
export function useFileDrop(take: (files: readonly File[]) => void) {
  const isOver = ref(false)

  function drag(event: DragEvent): void {
    if (event.dataTransfer?.types.includes('Files') !== true) return
    event.preventDefault()
    isOver.value = true
  }

  function leave(event: DragEvent): void {
    // Between two elements of the page there is another one to go to.
    if (event.relatedTarget === null) isOver.value = false
  }

  function drop(event: DragEvent): void {
    isOver.value = false
    const files = [...(event.dataTransfer?.files ?? [])]
    if (files.length === 0) return
    event.preventDefault()
    take(files)
  }

  onMounted(() => {
    window.addEventListener('dragover', drag)
    window.addEventListener('dragleave', leave)
    window.addEventListener('drop', drop)
  })
  onScopeDispose(() => {
    window.removeEventListener('dragover', drag)
    window.removeEventListener('dragleave', leave)
    window.removeEventListener('drop', drop)
  })

  return { isOver: readonly(isOver) }
}
