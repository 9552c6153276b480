{{- define "voltway.name" -}}
{{- $name := ternary .Release.Name (printf "%s-voltway" .Release.Name) (contains "voltway" .Release.Name) }}
{{- $name | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- define "voltway.selector" -}}
app.kubernetes.io/name: voltway
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "voltway.labels" -}}
{{ include "voltway.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "voltway.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "voltway.hasJob" -}}
{{- if and .Values.migrations.job .Values.secretName }}yes{{ end }}
{{- end }}

{{- define "voltway.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "voltway.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "voltway.secretEnvironment" -}}
{{- with .Values.secretName }}
- secretRef:
    name: {{ . }}
{{- end }}
{{- end }}

{{- define "voltway.mounts" -}}
- name: data
  mountPath: /data
- name: tmp
  mountPath: /tmp
{{- end }}

{{- define "voltway.volumes" -}}
- name: data
  emptyDir:
    sizeLimit: {{ .Values.dataSizeLimit }}
- name: tmp
  emptyDir:
    sizeLimit: 512Mi
{{- end }}
