// What the build puts into import.meta.env beyond Vite's own values.
interface ImportMetaEnv {
  /** Version of package.json; undefined in unit tests. */
  readonly VITE_APP_VERSION?: string
}
