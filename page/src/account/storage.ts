/** The browser's storage; where that is forbidden or full, the memory of this window. */

export type Kept = Pick<Storage, "getItem" | "setItem" | "removeItem">;

export function lasting(open: () => Kept = () => localStorage): Kept {
  const memory = new Map<string, string>();
  let storage: Kept | null = null;
  try {
    storage = open();
  } catch {
    // Blocked for this site: the session lasts as long as its window.
  }
  return {
    getItem: (name) => memory.get(name) ?? storage?.getItem(name) ?? null,
    setItem(name, value) {
      try {
        if (storage === null) throw new Error("there is none");
        storage.setItem(name, value);
        memory.delete(name);
      } catch {
        // An older value would be taken for this one at the next visit.
        storage?.removeItem(name);
        memory.set(name, value);
      }
    },
    removeItem(name) {
      memory.delete(name);
      storage?.removeItem(name);
    },
  };
}
