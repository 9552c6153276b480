/** The visitor's car, kept in this browser alone. */
import { useState } from "preact/hooks";
import { lasting } from "../account/storage";
import { type Car, loadCar, storeCar } from "./range";

export function useCar(): readonly [car: Car | null, setCar: (car: Car | null) => void] {
  const [storage] = useState(() => lasting());
  const [car, setCar] = useState(() => loadCar(storage));
  const keep = (next: Car | null) => {
    storeCar(storage, next);
    setCar(next);
  };
  return [car, keep];
}
