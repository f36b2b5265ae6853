// Signing in again over a screen that goes on meanwhile: the dialog's state, and what went wrong in words.
import { ref, watch, type Ref } from 'vue'
import { useLoginStore } from '../stores/login'
import { useSignIn } from './sign-in'
import { trying } from './trying'
import { failureWords, signInFailureWords } from './words'

export interface SignInAgain {
  readonly isOpen: Ref<boolean>
  readonly problem: Readonly<Ref<string | null>>
  readonly isBusy: Readonly<Ref<boolean>>
  readonly signInAgain: (password: string) => Promise<void>
}

/**
 * Needs an effect scope. A sign-in that breaks leaves the dialog with words and its button, never a locked page. Rule: UI53
 * @param whenSignedIn what the screen does then
 */
export function useSignInAgain(whenSignedIn: () => Promise<void>): SignInAgain {
  const signIn = useSignIn()
  const login = useLoginStore()
  const isOpen = ref(false)
  const problem = ref<string | null>(null)
  const isBusy = ref(false)
  watch(isOpen, () => (problem.value = null))

  async function signInAgain(password: string): Promise<void> {
    if (login.account === null) return
    isBusy.value = true
    const outcome = await trying(signIn.signIn({ ...login.account }, password))
    isBusy.value = false
    if (!outcome.ok) {
      problem.value = 'words' in outcome ? failureWords(outcome) : signInFailureWords(outcome)
      return
    }
    isOpen.value = false
    await whenSignedIn()
  }

  return { isOpen, problem, isBusy, signInAgain }
}
