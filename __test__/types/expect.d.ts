/** Compiles only where both are the same type, `any` included. */
export type Expect<Actual, Expected> =
  (<T>() => T extends Actual ? 1 : 2) extends <T>() => T extends Expected ? 1 : 2 ? true : never
