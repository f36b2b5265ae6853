// The table worker's composition root: reads files that people bring, where it holds neither page nor sync up.
import { expose } from 'comlink'
import { createTableDesk } from './table-desk'

const { subtle }: { readonly subtle?: SubtleCrypto } = crypto
expose(createTableDesk(subtle))
