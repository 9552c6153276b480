/** A route that the visitor has already: pasted, chosen as a file, or dropped. */
import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { t } from "../i18n";
import { type Place, readPasted } from "../planner/places";
import { type Stops, stopsAt } from "../planner/plan";
import { readRouteFile, RouteFileError } from "../planner/route-file";

interface Handlers {
  readonly onLine: (line: readonly Place[]) => void;
  readonly onTrouble: (sentence: string) => void;
}

interface Props extends Handlers {
  readonly onStops: (stops: Stops) => void;
}

export function PlannerImport({ onLine, onStops, onTrouble }: Props) {
  const [text, setText] = useState("");
  const field = useId();
  const file = useId();

  const take = () => {
    const pasted = readPasted(text);
    if (pasted === null) {
      onTrouble(t("planner.notPasted"));
      return;
    }
    setText("");
    if (pasted.kind === "line") onLine(pasted.places);
    else onStops(stopsAt(pasted.places));
  };
  return (
    <details class="planner-import">
      <summary>{t("planner.import")}</summary>
      <label for={file}>{t("planner.file")}</label>
      <input
        id={file}
        type="file"
        accept=".gpx,.geojson,.json,application/gpx+xml,application/geo+json"
        onChange={({ currentTarget }) => {
          const [chosen] = currentTarget.files ?? [];
          if (chosen) void readFile(chosen, { onLine, onTrouble });
          // The same file may be chosen again, once it is mended.
          currentTarget.value = "";
        }}
      />
      <label for={field}>{t("planner.paste")}</label>
      <textarea
        id={field}
        class="field"
        rows={2}
        spellcheck={false}
        value={text}
        onInput={({ currentTarget: { value } }) => setText(value)}
      />
      <button type="button" class="button quiet-button" onClick={take}>
        {t("planner.take")}
      </button>
    </details>
  );
}

/** Takes a file that is dropped anywhere on it. */
export function DropZone({ children, ...handlers }: Handlers & { readonly children: ComponentChildren }) {
  const [isOver, setOver] = useState(false);
  return (
    <div
      class="drop-zone"
      data-over={isOver}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const [dropped] = event.dataTransfer?.files ?? [];
        if (dropped) void readFile(dropped, handlers);
      }}
    >
      {children}
    </div>
  );
}

async function readFile(file: File, { onLine, onTrouble }: Handlers): Promise<void> {
  try {
    onLine(await readRouteFile(file));
  } catch (error) {
    const trouble = error instanceof RouteFileError ? error.trouble : "unreadable";
    onTrouble(t(`planner.file.${trouble}`));
  }
}
