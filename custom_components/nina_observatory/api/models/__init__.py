"""The data that N.I.N.A. reports, as frozen dataclasses with names and units of this library.

A field is the snake_case of its key on the wire (`CoolerPower`: `cooler_power`). These are renamed:

- camera: TemperatureSetPoint → set_point, CameraState → state, IsExposing → exposing,
  ExposureEndTime → exposure_ends_at, IsSubSampleEnabled → sub_sample_enabled
- mount: AtPark → parked, TrackingEnabled → tracking, UTCDate → utc_time, IsPulseGuiding →
  pulse_guiding, GuideRate…ArcsecPerSec → guide_rate_right_ascension and guide_rate_declination;
  in coordinates RA → right_ascension (hours), RADegrees → right_ascension_degrees, Dec → declination
- focuser: IsMoving → moving, IsSettling → settling, TempComp(Available) →
  temperature_compensation(_available)
- rotator, filter wheel: IsMoving → moving
- all devices together: FlatDevice → flat_panel, Switch → switch_hub, WeatherData → weather
- guider: RMSError → rms; in its last step DEC… → dec_…
- dome: ShutterStatus → shutter, AtPark → parked, IsFollowing → following, IsSynchronized →
  synchronized
- flat panel: CoverState → cover
- switch hub: WritableSwitches → writable, ReadonlySwitches → readonly

- frame: StDev → std_dev, HFRStDev → hfr_std_dev, IsBayered → bayered
- plate solution: Pixscale → pixel_scale; framing: DSOPositionAngle → dso_position_angle
- flats: TotalIterations → total, CompletedIterations → completed
- profile: IsActive → active; …Settings → the name of the section, such as camera
- autofocus report: InitialFocusPoint, CalculatedFocusPoint, PreviousFocusPoint, MeasurePoints →
  initial, calculated, previous, points; AutoFocuserName → focuser_name; in its backlash
  BacklashCompensationModel → model, BacklashIN → inwards, BacklashOUT → outwards
- sequence node: Type → image_type, Iterations → loops, CompletedIterations → loops_done
- scheduler: RA → right_ascension (hours), Dec → declination, ExposurePlan → plans (of a target) and
  runs (of a preview), WaitPeriod → waiting

Left out on purpose, because they mislead: camera TargetTemp, AtTargetTemp, HasBattery; mount
TrackingRate and axis rates; dome Altitude, ApplicationFollowing, FollowingType; localized texts.

An unknown reading is None, a flag included, and a list is empty; so is every reading of a
disconnected device. A value without a member in its enumeration is decoded as `Unknown`, which holds
the value.
"""
