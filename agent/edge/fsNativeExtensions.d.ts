/** The one function used of `fs-native-extensions`, which has no types of its own. */
declare module 'fs-native-extensions' {
  /**
   * Takes an advisory lock on the open file; false when another descriptor holds it. Linux: an open-file-description lock.
   * A `shared` one many hold at once, and nobody holds another one meanwhile; taken again it changes its kind.
   */
  export function tryLock(fd: number, how?: { readonly shared: boolean }): boolean;
}
