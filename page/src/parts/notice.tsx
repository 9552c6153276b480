/** A sentence about what happened, with a way on. */
interface Props {
  readonly text: string;
  readonly more?: string | null;
  readonly isAlert?: boolean;
  readonly actions?: readonly { readonly label: string; readonly onClick: () => void }[];
}

export function Notice({ text, more, isAlert = false, actions = [] }: Props) {
  return (
    <div class="notice" data-alert={isAlert} role={isAlert ? "alert" : undefined}>
      <p>{text}</p>
      {more ? <p class="notice-more">{more}</p> : null}
      {actions.map(({ label, onClick }) => (
        <button key={label} type="button" class="button" onClick={onClick}>
          {label}
        </button>
      ))}
    </div>
  );
}
