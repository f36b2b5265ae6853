// Said aloud once more, because WebKit forgets that a table is one when its rows are laid out as cards.
export const TABLE_ROLES = {
  table: 'table',
  group: 'rowgroup',
  row: 'row',
  columnHead: 'columnheader',
  rowHead: 'rowheader',
  cell: 'cell',
} as const
